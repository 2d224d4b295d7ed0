-- The rows of an index that mean the same as a question, as src/app/ask/match.ts gives them: the row that has the question as an alias first, or else
-- one whose text is the question, then the nearest; those of one text are one row with the keys of the others. A row that has a negative
-- question which the question means is left out. Only rows that contain the filter (null: all). Every row says decision, margin and chance of the question, as src/judge/decision.ts defines them,
-- and the id of the question in the log (null: it is not logged).
create or replace function ltd.match(index_name text, question text, k integer default 5, filter jsonb default null)
returns table (
  key text[], similarity double precision, decision text, margin double precision, found text, others text[], "row" jsonb,
  chance double precision, question_id uuid
)
language plpgsql stable
set search_path = pg_catalog, pg_temp
-- a filtered query goes on until it has all rows it wants, and is asked once more without the index if that was cut off
set hnsw.iterative_scan = strict_order
set hnsw.max_scan_tuples = 2147483647
set hnsw.scan_mem_multiplier = 16
set hnsw.ef_search = 100
set enable_indexscan = on
as $function$
declare
  -- of a front, without an id
  live ltd.index := ltd.asked_index(index_name);
  student constant ltd.student := ltd.live_student(live);
  embedding constant text := ltd.student_embed(student, live.id, question)::text;
  asked constant text := ltd.bare_text(question);
  statement text;
  -- as in src/app/ask/match.ts: twice the texts that are needed, one more than k and ten at least
  wanted integer := least(1000, 2 * greatest(k + 1, 10));
  hits jsonb;
  texts jsonb;
  alias jsonb;
  alias_text text;
  judged double precision;
  given integer;
  -- of this question, where it is logged; a transaction that reads only can log nothing
  logged constant uuid := case
    when (live.question_log ->> 'on')::boolean and random() < (live.question_log ->> 'sample')::double precision
      and current_setting('transaction_read_only') = 'off'
    then gen_random_uuid()
  end;
  answer_from double precision;
  suggest_from double precision;
  found_rows jsonb;
begin
  if k is null or k not between 1 and 1000 then
    raise exception 'k is %, but must be a whole number from 1 to 1000', coalesce(k::text, 'null') using errcode = 'invalid_parameter_value';
  end if;
  if embedding is null then
    return;
  end if;
  if live.id is not null then
    perform ltd.guard(live.source, live.filter, false);
    if exists (select from ltd.alias a where a.index_name = live.name and a.alias = asked) then
      execute format('select to_jsonb(a) from (%s) a', ltd.live_statement(live, {{match_alias}}, '$3'))
        into alias using asked, embedding, filter, index_name;
    end if;
    statement := format(
      'select coalesce(jsonb_agg(to_jsonb(n) order by n.distance), ''[]'') from (%s) n', ltd.live_statement(live, {{nearest}}, '$3'));
  end if;
  loop
    if live.id is null then
      found_rows := ltd.front_rows(live.name, embedding, asked, wanted, filter);
      hits := found_rows -> 'hits';
      alias := nullif(found_rows -> 'alias', 'null');
      -- columns, thresholds and adjustment
      live := jsonb_populate_record(live, coalesce(nullif(found_rows -> 'state', 'null'), '{}') - 'template');
    else
      perform set_config('hnsw.ef_search', greatest(100, wanted)::text, true);
      execute statement into hits using embedding, wanted, filter;
      if filter is not null and jsonb_array_length(hits) < wanted then
        perform set_config('enable_indexscan', 'off', true);
        execute statement into hits using embedding, wanted, filter;
      end if;
    end if;
    if jsonb_array_length(hits) > 0 and not (hits -> 0 -> 'row') ?& live.columns then
      raise exception 'the table of the index % no longer has what the index is made of: %', index_name, live.columns
        using errcode = 'undefined_column',
        hint = format('bring the column back under this name, or recreate the index: ltd-index remove %s --keep, then ltd-index add', index_name);
    end if;
    select coalesce(jsonb_agg(jsonb_build_object('text', t.bare, 'written', t.written, 'hits', t.hits) order by t.place), '[]') into texts
    from (
      select r.bare, min(r.place) as place, jsonb_agg(r.hit order by r.place) as hits, jsonb_agg(r.text order by r.place) as written
      from (
        select h.hit, h.place, t.text, ltd.bare_text(t.text) as bare
        from jsonb_array_elements(hits) with ordinality as h (hit, place)
        cross join lateral ltd.row_text(live.template, live.columns, h.hit -> 'values') as t (text)
      ) r
      -- as in src/judge/refusal.ts
      where r.bare = asked or coalesce((r.hit ->> 'refusal')::double precision < {{refused_from}}, true)
      -- a text of symbols alone is like itself only
      group by r.bare, case when r.bare = '' then r.text end
    ) t;
    exit when wanted = 1000 or jsonb_array_length(hits) < wanted or jsonb_array_length(texts) > k;
    wanted := least(1000, 4 * wanted);
  end loop;
  answer_from := coalesce(live.answer_threshold, student.answer_threshold);
  suggest_from := least(answer_from, coalesce(live.suggest_threshold, student.suggest_threshold));
  alias_text := ltd.bare_text(ltd.row_text(live.template, live.columns, alias -> 'values'));
  if alias is not null or exists (select from jsonb_array_elements(texts) as t (entry) where t.entry ->> 'text' = asked) then
    judged := 1;
  elsif student.has_judge and jsonb_array_length(texts) > 0 then
    -- of the row's text and its first aliases, the wording that speaks for it most
    execute format(
        'select max(ltd.%1$I(ltd.%2$I($1, w.wording || $3, $4))) from unnest($2) as w (wording)',
        'student_' || student.id || '_chance', 'student_' || student.id || '_features')
      into judged
      using question,
        array[texts -> 0 -> 'written' ->> 0] || array(
          select w.wording
          from jsonb_array_elements_text(texts -> 0 -> 'hits' -> 0 -> 'wordings') with ordinality as w (wording, place)
          order by w.place limit 10),
        array(
          select t.entry -> 'written' ->> 0 from jsonb_array_elements(texts) with ordinality as t (entry, place)
          where t.place between 2 and 10 order by t.place),
        array(
          select greatest(-1, least(1, 1 - (t.entry -> 'hits' -> 0 ->> 'distance')::double precision))
          from jsonb_array_elements(texts) with ordinality as t (entry, place) order by t.place limit 10);
    -- as in src/judge/adjustment.ts
    if live.judge_slope is not null and judged > 0 and judged < 1 then
      judged := 1 / (1 + exp(-(live.judge_slope * greatest(-12, least(12, ln(judged / (1 - judged)))) + coalesce(live.judge_offset, 0))));
    end if;
  end if;
  return query
  select b.key, b.similarity, b.decision, b.margin, b.found, b.others, b.row, judged,
    -- this function must not write, as it is stable; one that it calls may
    case
      when b.rank = 1 and logged is not null
      then ltd.log_question(logged, index_name, question, asked, b.decision, judged, b.key, b.similarity, 'sql')
      else logged
    end
  from (
    select array(select jsonb_array_elements_text(a.hits -> 0 -> 'key')) as key, a.similarity,
      case
        when a.way <> 'vector' then 'answer'
        when coalesce(judged, a.best) < suggest_from then 'none'
        when coalesce(judged, a.best) >= answer_from and coalesce(a.best - a.second >= coalesce(live.answer_margin, 0), true) then 'answer'
        else 'suggest'
      end as decision,
      a.best - a.second as margin, a.found,
      coalesce(
        (
          select array_agg(array(select jsonb_array_elements_text(o.hit -> 'key')) order by o.place)
          from jsonb_array_elements(a.hits) with ordinality as o (hit, place)
          where o.place > 1
        ), '{}') as others,
      a.hits -> 0 -> 'row' as row, a.rank
    from (
      select s.found, s.hits, s.similarity, row_number() over ranks as rank, first_value(s.found) over ranks as way,
        first_value(s.similarity) over ranks as best, nth_value(s.similarity, 2) over ranks as second
      from (
        select c.found, c.hits, c.place, greatest(-1, least(1, 1 - (c.hits -> 0 ->> 'distance')::double precision)) as similarity
        from (
          select 'alias' as found, jsonb_build_array(alias) as hits, 0 as place
          where alias is not null
          union all
          select case when alias is null and t.entry ->> 'text' = asked then 'exact' else 'vector' end, t.entry -> 'hits', t.place
          from jsonb_array_elements(texts) with ordinality as t (entry, place)
          where alias is null or t.entry ->> 'text' <> alias_text
        ) c
      ) s
      window ranks as (order by s.found = 'vector', s.place rows between unbounded preceding and unbounded following)
    ) a
    where a.rank <= k
  ) b
  order by b.rank;
  get diagnostics given = row_count;
  if given = 0 and logged is not null then
    perform ltd.log_question(logged, index_name, question, asked, 'none', judged, null, null, 'sql');
  end if;
end
$function$
