-- The rows of an index (null: of all) that were given up after too many attempts, the last first.
create or replace function ltd.failed(index_name text default null)
returns table (index text, key text[], attempts integer, failed_at timestamptz, error text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
begin
  if index_name is not null then
    perform ltd.live_index(index_name);
  end if;
  return query
  select i.name, q.key, q.attempts, q.failed_at, coalesce(q.last_error, '')
  from ltd.queue q join ltd.index i on i.id = q.index_id and i.state = 'live'
  where q.failed_at is not null and (index_name is null or i.name = index_name)
  order by q.failed_at desc, q.key;
end
$function$
