-- The rows of an index that mean the same as a question, nearest first, as src/app/match.ts gives them. Only those that contain the filter
-- (null: all); every row says the decision for the question.
create or replace function ltd.match(index_name text, question text, k integer default 5, filter jsonb default null)
returns table (key text[], similarity double precision, decision text, "row" jsonb)
language plpgsql stable
set search_path = pg_catalog, pg_temp
-- a filtered query goes on until it has k rows, and is asked once more without the index if that was cut off
set hnsw.iterative_scan = strict_order
set hnsw.max_scan_tuples = 2147483647
set hnsw.scan_mem_multiplier = 16
set hnsw.ef_search = 100
set enable_indexscan = on
as $function$
declare
  live constant ltd.index := ltd.live_index(index_name);
  student constant ltd.student := ltd.live_student(live);
  embedding constant text := ltd.student_embed(student, live.id, question)::text;
  -- the rule asks for the second row, too
  wanted constant integer := greatest(k, 2);
  statement text;
  hits jsonb;
  nearest double precision;
  ahead double precision;
  answer_from constant double precision := coalesce(live.answer_threshold, student.answer_threshold);
  suggest_from constant double precision := least(answer_from, coalesce(live.suggest_threshold, student.suggest_threshold));
  says text;
begin
  if k is null or k not between 1 and 1000 then
    raise exception 'k is %, but must be a whole number from 1 to 1000', coalesce(k::text, 'null') using errcode = 'invalid_parameter_value';
  end if;
  if embedding is null then
    return;
  end if;
  statement := format(
    'select coalesce(jsonb_agg(jsonb_build_object(''key'', n.key, ''distance'', n.distance, ''row'', n.row) order by n.distance), ''[]'') from (%s) n',
    ltd.live_statement(live, {{nearest}}, '$3'));
  execute statement into hits using embedding, wanted, filter;
  if filter is not null and jsonb_array_length(hits) < wanted then
    perform set_config('enable_indexscan', 'off', true);
    execute statement into hits using embedding, wanted, filter;
  end if;
  nearest := 1 - (hits -> 0 ->> 'distance')::double precision;
  ahead := nearest - (1 - (hits -> 1 ->> 'distance')::double precision);
  says := case when nearest < suggest_from then 'none'
    when nearest >= answer_from and coalesce(ahead >= coalesce(live.answer_margin, 0), true) then 'answer'
    else 'suggest' end;
  return query
  select array(select jsonb_array_elements_text(f.hit -> 'key')),
    greatest(-1, least(1, 1 - (f.hit ->> 'distance')::double precision)), says, f.hit -> 'row'
  from jsonb_array_elements(hits) with ordinality as f (hit, place)
  where f.place <= k
  order by f.place;
end
$function$
