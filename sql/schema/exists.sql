-- Whether the database has schema ltd.
-- columns: exists boolean
select to_regclass('ltd.migration') is not null as exists
