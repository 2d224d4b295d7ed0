-- Whether a row passes the condition of an index, for statements over many rows: one for which it fails (a text that is no number, a division
-- by zero) passes, so that the row comes to a worker, who counts the failure against that row alone. Some 50 µs a row: only for tables that have
-- such rows.
create function ltd.passes(condition text, given anyelement) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
declare
  passed boolean;
begin
  execute 'select ' || condition || ' from (select ($1).*) as given' into passed using given;
  return passed;
exception when data_exception or integrity_constraint_violation or program_limit_exceeded or plpgsql_error then
  return true;
end
$function$;
