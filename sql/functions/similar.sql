-- The rows that mean nearly the same as another row of the index, nearest first, itself left out. Nothing is embedded.
create or replace function ltd.similar(index_name text, key text[], k integer default 5)
returns table (similar_key text[], similarity double precision, "row" jsonb)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set hnsw.iterative_scan = strict_order
set hnsw.max_scan_tuples = 2147483647
set hnsw.scan_mem_multiplier = 16
set hnsw.ef_search = 100
set enable_indexscan = on
as $function$
declare
  live constant ltd.index := ltd.live_index(index_name);
  parts jsonb;
  own_key text[];
  embedding text;
begin
  if k is null or k not between 1 and 1000 then
    raise exception 'k is %, but must be a whole number from 1 to 1000', coalesce(k::text, 'null') using errcode = 'invalid_parameter_value';
  end if;
  parts := ltd.index_parts(live);
  perform ltd.guard(live.source, live.filter, false);
  execute format('select %s, e.embedding::text from %s e, (select %s from unnest(array[$1]) as w (literal)) w where %s',
      parts ->> 'entry_key', parts ->> 'entry', parts ->> 'wanted', parts ->> 'is_wanted_entry')
    into own_key, embedding using key::text;
  if embedding is null then
    raise exception 'the row % % %', array_to_string(key, ', '), case when own_key is null then 'is not in the index' else 'has an empty text in' end, index_name
      using errcode = 'no_data_found', hint = 'run call ltd.sync, or give another key';
  end if;
  return query execute format('select n.key, greatest(-1, least(1, 1 - n.distance)), n."row" from (%s) n where n.key <> $4 order by n.distance limit $2 - 1',
    ltd.live_statement(live, {{nearest}}, '$3')) using embedding, k + 1, null::jsonb, own_key;
end
$function$
