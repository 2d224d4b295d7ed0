-- The rows of an index that are best for a question by meaning and by words together, best first, of those that contain a filter (null: all).
-- As src/app/ask/search.ts; see docs/search.md.
create or replace function ltd.search(index_name text, question text, k integer default 10, filter jsonb default null)
returns table (
  key text[], score double precision, similarity double precision, vector_rank integer, words_rank integer, lexemes text[], "row" jsonb
)
language plpgsql stable
set search_path = pg_catalog, pg_temp
-- as in ltd.match
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
  asked text[];
  statement text;
  hits jsonb;
begin
  if k is null or k not between 1 and 1000 then
    raise exception 'k is %, but must be a whole number from 1 to 1000', coalesce(k::text, 'null') using errcode = 'invalid_parameter_value';
  end if;
  if embedding is null then
    return;
  end if;
  perform ltd.guard(live.source, live.filter, false);
  asked := ltd.student_lexemes(
    ltd.student_words(student, live.id, left(ltd.normalize(question), 2 * student.max_chars + 64)),
    left(question, 2 * student.max_chars + 64));
  statement := format('select coalesce(jsonb_agg(to_jsonb(h)), ''[]'') from (%s) h', ltd.live_statement(live, {{search}}, '$4'));
  execute statement into hits using embedding, asked, k, filter, null::double precision;
  if filter is not null and jsonb_array_length(hits) < k then
    perform set_config('enable_indexscan', 'off', true);
    execute statement into hits using embedding, asked, k, filter, null::double precision;
  end if;
  if jsonb_array_length(hits) > 0 and not (hits -> 0 -> 'row') ?& live.columns then
    raise exception 'the table of the index % no longer has what the index is made of: %', index_name, live.columns
      using errcode = 'undefined_column',
      hint = format('bring the column back under this name, or recreate the index: ltd-index remove %s --keep, then ltd-index add', index_name);
  end if;
  return query
  select array(select jsonb_array_elements_text(f.hit -> 'key')), (f.hit ->> 'score')::double precision,
    (f.hit ->> 'similarity')::double precision, (f.hit ->> 'vectorRank')::integer, (f.hit ->> 'wordsRank')::integer,
    array(select jsonb_array_elements_text(f.hit -> 'lexemes')), f.hit -> 'row'
  from jsonb_array_elements(hits) with ordinality as f (hit, place)
  order by f.place;
end
$function$
