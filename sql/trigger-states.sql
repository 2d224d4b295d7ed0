-- The triggers of a table and whether they fire ("A" is always, "D" never).
-- parameters: $1 name of the table text, quoted
-- columns: name text, enabled "char"
select t.tgname::text as name, t.tgenabled as enabled
from pg_catalog.pg_trigger t
where t.tgrelid = to_regclass($1) and not t.tgisinternal
