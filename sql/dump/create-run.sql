-- Runs a statement of the file of `ltd-index sql dump` with the schema of pgvector and the number of the student of this database in it. It is dropped at
-- the end of the file.
create or replace procedure ltd.dump_run(given text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  student constant text := coalesce(nullif(current_setting('ltd.dump_student', true), ''), '0');
  statement constant text := replace(replace(replace(given,
    '{{vector_schema}}', (
      select '"' || n.nspname || '"' from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'vector'
    )),
    'student_0', 'student_' || student),
    's.id = 0)', 's.id = ' || student || ')');
  former regprocedure;
begin
  begin
    execute statement;
    return;
  -- "create or replace" cannot change what a function of an older version gives
  exception when invalid_function_definition then
    null;
  end;
  for former in
    select p.oid from pg_proc p
    where p.pronamespace = 'ltd'::regnamespace
      and p.proname = (regexp_match(statement, '^create or replace (?:function|procedure) "?ltd"?[.]"?([a-z0-9_]+)'))[1]
  loop
    execute format('drop routine %s', former);
  end loop;
  execute statement;
end
$function$
