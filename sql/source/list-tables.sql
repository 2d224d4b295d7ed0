-- The tables that a user may have meant.
-- columns: schema text, "table" text
select n.nspname as schema, c.relname as "table"
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and n.nspname <> 'information_schema'
  and n.nspname <> 'ltd'
  and n.nspname not like 'pg\_%'
order by n.nspname, c.relname
limit 1000
