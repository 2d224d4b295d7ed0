-- A statement of sql/ with its placeholders: those that the functions below share with the program.
create or replace function ltd.statement_source(name text) returns text
language sql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $outer$
  select {{sources}}::jsonb ->> name
$outer$
