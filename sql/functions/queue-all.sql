-- Queues all rows of an index where that is due: see ltd.begin_sync.
create or replace function ltd.queue_all(of_index integer) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  live ltd.index;
  parts jsonb;
begin
  select i.* into live from ltd.index i where i.id = of_index and i.enqueued_at is null;
  if not found then
    return;
  end if;
  parts := ltd.index_parts(live);
  perform ltd.guard(live.source, live.filter, true);
  execute ltd.filled('capture/enqueue-chunk', parts || jsonb_build_object('source', parts ->> 'careful_source')) using live.id, 2147483647;
  execute ltd.filled('capture/mark-enqueued', '{}') using live.id;
end
$function$
