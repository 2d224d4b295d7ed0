-- Moves what writers have logged to the queue, up to 500 statements; true where there may be more. As src/db/capture/fold.ts.
create or replace function ltd.fold_log(live ltd.index) returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  parts constant jsonb := ltd.index_parts(live);
  folded record;
begin
  execute ltd.filled('capture/fold', parts) into folded using live.id, 500;
  if folded.truncated then
    perform ltd.guard(live.source, live.filter, true);
    execute ltd.filled('capture/forget-truncate', parts);
    execute ltd.filled('capture/supersede', parts) using live.id;
    execute ltd.filled('capture/enqueue-orphans', parts || jsonb_build_object('key', parts ->> 'entry_key', 'source', parts ->> 'careful_source')) using live.id;
  end if;
  return folded.taken = 500;
end
$function$
