-- Embeds and writes claimed rows. Where one of them cannot be read or written, each is tried by itself, and its failure counts against it alone.
-- Returns how many were written. `folds` is that of ltd.write_rows.
create or replace function ltd.sync_rows(of_index integer, keys text[], versions bigint[], folds boolean default true) returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  live ltd.index;
  written integer := 0;
begin
  select i.* into live from ltd.index i where i.id = of_index;
  if not found then
    return 0;
  end if;
  begin
    return ltd.write_rows(live, keys, versions, folds);
  exception when data_exception or integrity_constraint_violation or program_limit_exceeded or plpgsql_error then
    null;
  end;
  for at in 1 .. cardinality(keys) loop
    begin
      written := written + ltd.write_rows(live, keys[at : at], versions[at : at], folds);
    exception when data_exception or integrity_constraint_violation or program_limit_exceeded or plpgsql_error then
      execute ltd.filled('capture/fail', '{}') using live.id, keys[at : at], versions[at : at], array[left(sqlerrm, 2000)], 5, 1000, 300000;
    end;
  end loop;
  return written;
end
$function$
