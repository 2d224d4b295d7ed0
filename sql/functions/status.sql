-- How far each index is behind its table, counted exactly; an index whose table is gone or that only the program can work on has what can be counted.
create or replace function ltd.status(index_name text default null)
returns table (index text, source text, model text, entries integer, empty integer, truncated integer, pending integer, leased integer, failed integer,
  oldest_seconds double precision, last_error text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
declare
  live ltd.index;
  queued record;
  counted record;
  parts jsonb;
begin
  if index_name is not null then
    perform ltd.live_index(index_name);
  end if;
  for live in select i.* from ltd.index i where i.state = 'live' and (index_name is null or i.name = index_name) order by i.name loop
    select jsonb_build_object(
        'parts', string_agg('k' || k.place, ', ' order by k.place),
        'key_lists', string_agg('c.' || case when cardinality(live.key_columns) = 1 then 'key' else 'key_' || k.place end, ', ' order by k.place),
        'first_key', case when cardinality(live.key_columns) = 1 then 'key' else 'key_1' end,
        'change', format('ltd.%I', 'change_' || live.id))
      into parts
    from unnest(live.key_columns) with ordinality as k (name, place);
    execute ltd.filled('capture/queue-status', parts) into queued using live.id;
    execute format('select count(*)::integer as entries, (count(*) filter (where e.words = ''''))::integer as empty,
      (count(*) filter (where e.truncated))::integer as truncated from ltd.%I e', 'entry_' || live.id) into counted;
    return query select live.name, live.source_schema || '.' || live.source_table, live.model_id, counted.entries, counted.empty, counted.truncated,
      queued.pending, queued.leased, queued.failed, queued."oldestSeconds", queued."lastError";
  end loop;
end
$function$
