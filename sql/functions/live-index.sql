-- The live generation of an index; if there is none, an error that names the indexes.
create or replace function ltd.live_index(index_name text) returns ltd.index
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
declare
  live ltd.index;
begin
  select i.* into live from ltd.index i where i.name = index_name and i.state = 'live';
  if not found then
    raise exception 'there is no index "%"', index_name using errcode = 'undefined_object',
      hint = coalesce('the indexes are: ' || (select string_agg(i.name, ', ' order by i.name) from ltd.index i where i.state = 'live'),
        'make one with `ltd-index add`');
  end if;
  return live;
end
$function$
