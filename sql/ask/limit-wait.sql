-- Lets a question wait 10 s at most for a lock on its table, where its role has no limit of its own.
-- columns: none that is read
select pg_catalog.set_config('lock_timeout', '10s', true)
where pg_catalog.current_setting('lock_timeout') = '0'
