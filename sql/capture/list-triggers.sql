-- The triggers of a table whose names begin alike, and when they fire.
-- parameters: $1 table text (quoted name), $2 beginning of their names
-- columns: name text, enabled "char" (pg_trigger.tgenabled: O here, R replicated changes, A both, D never)
select t.tgname::text as name, t.tgenabled as enabled
from pg_catalog.pg_trigger t
where t.tgrelid = to_regclass($1) and starts_with(t.tgname::text, $2)
