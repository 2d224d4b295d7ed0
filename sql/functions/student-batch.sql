-- Many texts of one student at once: the vectors that sql/functions/student.sql gives for each, up to rounding. `sizes` says how many characters each text has; the
-- characters, words and weights of all texts stand one after another. Texts that begin alike share the states of their beginning, and in the other direction those
-- of their end. A row of weights is read once for {{wide}} states.
create or replace function {{function}}(characters text[], words text[], weights real[], sizes integer[]) returns {{vector}}[]
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $function$
declare
  one constant {{halfvec}} := '[1]';
  -- the different pairs of a character and a word, and for each character of the texts its pair, its text, and the state after it
  inputs {{halfvec}}[];
  step_inputs integer[];
  step_texts integer[];
  step_states integer[];
  input_rows {{halfvec}}[];
  output_rows {{halfvec}}[];
  forget_rows {{halfvec}}[];
  cell_rows {{halfvec}}[];
  -- Each state comes from the one before it and an input. The first is the one that all texts begin with.
  parents integer[];
  state_inputs integer[];
  cells {{vector}}[];
  states {{vector}}[];
  place integer;
  width integer;
  pooled {{vector}}[];
  forwards {{vector}}[];
  summaries {{halfvec}}[];
  embeddings {{vector}}[] := '{}';
{{variables}}
begin
  with ranked as (
    select g.*, dense_rank() over (order by g.character collate "C", g.word collate "C") as input
    from unnest(characters, words) with ordinality as g (character, word, place)
  )
  select
    (
      select array_agg(
        coalesce(c.embedding, (select u.embedding from {{character_table}} u where u.character = ''))
        operator({{vector_schema}}.||)
        coalesce(w.embedding, (select u.embedding from {{word_table}} u where u.word = ''))
        order by p.input)
      from (select distinct r.character, r.word, r.input from ranked r) p
      left join lateral (select t.embedding from {{character_table}} t where t.character = p.character offset 0) c on true
      left join lateral (select t.embedding from {{word_table}} t where t.word = p.word offset 0) w on true
    ),
    (select array_agg(r.input order by r.place) from ranked r),
    (select array_agg(s.text order by s.text) from unnest(sizes) with ordinality as s (size, text) cross join generate_series(1, s.size))
    into inputs, step_inputs, step_texts;
  for side in 1 .. 2 loop
    select u.input, u.output, u.forget, u.cell into input_rows, output_rows, forget_rows, cell_rows
    from {{unit_table}} u
    where u.direction = side;
    with step as (
      select s.text, s.input, s.place, row_number() over path as depth, string_agg(s.input::text, ',') over path as inputs
      from unnest(step_texts, step_inputs) with ordinality as s (text, input, place)
      window path as (partition by s.text order by case side when 1 then s.place else -s.place end)
    ), state as (
      select d.*, 1 + row_number() over (order by d.depth, d.text) as number
      from (select s.inputs, s.depth, min(s.input) as input, min(s.text) as text from step s group by s.inputs, s.depth) d
    ), reached as (
      select s.text, s.place, s.depth, d.number from step s join state d on d.inputs = s.inputs
    )
    select array[1] || array_agg(d.input order by d.number), array[1] || array_agg(coalesce(r.number, 1) order by d.number),
      (select array_agg(r.number order by r.place) from reached r)
      into state_inputs, parents, step_states
    from state d left join reached r on r.text = d.text and r.depth = d.depth - 1;
    states := array[array_fill(0::real, array[{{hidden}}])::{{vector}}];
    cells := states;
    place := 2;
    while place <= cardinality(parents) loop
      width := 1;
      while width < {{wide}} and parents[place + width] < place loop
        width := width + 1;
      end loop;
      -- for a few states a row is read for each: what is computed beyond `width` is thrown away
      if width > {{wide}} / 2 then
{{wide_step}}
      else
        width := 1;
{{single_step}}
      end if;
      place := place + width;
    end loop;
    forwards := pooled;
    select array_agg(p.pooled order by p.text) into pooled
    from (
      select s.text, {{vector_schema}}.sum(states[s.state] operator({{vector_schema}}.*) array_fill(s.weight, array[{{hidden}}])::{{vector}}) as pooled
      from unnest(step_texts, step_states, weights) as s (text, state, weight)
      group by s.text
    ) p;
  end loop;
  select array_agg((p.forwards operator({{vector_schema}}.||) p.backwards operator({{vector_schema}}.||) i.pooled)::{{halfvec}} operator({{vector_schema}}.||) one order by i.text)
    into summaries
  from unnest(forwards, pooled) with ordinality as p (forwards, backwards, text)
  join (
    select s.text, {{vector_schema}}.sum(inputs[s.input]::{{vector}} operator({{vector_schema}}.*) array_fill(s.weight, array[{{inputs}}])::{{vector}}) as pooled
    from unnest(step_texts, step_inputs, weights) as s (text, input, weight)
    group by s.text
  ) i using (text);
  place := 1;
  while place <= cardinality(sizes) loop
    width := case when place + {{wide}} / 2 <= cardinality(sizes) then {{wide}} else 1 end;
    if width > 1 then
{{wide_head}}
    else
{{single_head}}
    end if;
    place := place + width;
  end loop;
  return array(
    select {{vector_schema}}.l2_normalize(e.embedding)
    from unnest(embeddings[1 : cardinality(sizes)]) with ordinality as e (embedding, text)
    order by e.text);
end
$function$
