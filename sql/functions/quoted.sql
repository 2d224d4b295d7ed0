-- A name as an identifier that is quoted always, as src/db/statement/sql-text.ts quotes it.
create or replace function ltd.quoted(name text) returns text
language sql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $function$
  select '"' || replace(name, '"', '""') || '"'
$function$
