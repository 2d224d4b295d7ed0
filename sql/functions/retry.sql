-- Gives the rows of an index (null: of all) that were given up another series of attempts; returns how many.
create or replace function ltd.retry(index_name text default null) returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  live ltd.index;
  one integer;
  retried integer := 0;
begin
  if index_name is not null then
    perform ltd.live_index(index_name);
  end if;
  for live in select i.* from ltd.index i where i.state = 'live' and (index_name is null or i.name = index_name) loop
    execute ltd.filled('capture/retry-failed', '{}') into one using live.id;
    retried := retried + one;
    if one > 0 then
      perform pg_notify('ltd_queue', live.name);
    end if;
  end loop;
  return retried;
end
$function$
