-- Looks whether rows of an index were changed that no trigger has seen, takes them from other workers if so, and says which generation is live. ltd.queue_all
-- queues them, in a transaction of its own, so that this one locks keys in one order. As beginLoad of src/app/keep/sync.ts.
create or replace function ltd.begin_sync(index_name text) returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  live constant ltd.index := ltd.live_index(index_name);
  parts constant jsonb := ltd.index_parts(live);
  must_look boolean;
begin
  if exists (select from pg_inherits h where h.inhrelid = live.source) then
    raise exception '%, the table of the index %, is a partition or inherits from another table now', parts ->> 'table', index_name
      using errcode = 'feature_not_supported', hint = format('run `ltd-index sync %s`, which makes its triggers again', index_name);
  end if;
  perform ltd.live_student(live);
  -- before rows are claimed: they would be leased in vain
  perform ltd.guard(live.source, live.filter, true);
  execute ltd.filled('capture/look-at-all', parts) into must_look using live.id;
  if must_look then
    execute ltd.filled('capture/supersede', '{}') using live.id;
  end if;
  return live.id;
end
$function$
