-- One student: its characters, the words that they stand in, and their weights, an element a character each, as a unit vector. Hidden states
-- are computed for both directions in one scan; the weights of a gate are a row over [hidden state | input | 1], see src/embed/student-weights.ts.
create or replace function {{function}}(characters text[], words text[], weights real[]) returns {{vector}}
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set jit = off
as $function$
declare
  size constant integer := cardinality(characters);
  one constant {{halfvec}} := '[1]';
  inputs {{halfvec}}[];
  input {{halfvec}};
  cells float8[] := array_fill(0::float8, array[2 * {{hidden}}]);
  states float8[] := cells;
  forwards {{halfvec}};
  backwards {{halfvec}};
  pooled_states {{vector}} := array_fill(0::real, array[2 * {{hidden}}]);
  pooled_inputs {{vector}} := array_fill(0::real, array[{{inputs}}]);
  summary {{halfvec}};
  activations {{halfvec}};
begin
  select array_agg(
      coalesce(c.embedding, (select u.embedding from {{character_table}} u where u.character = ''))
      operator({{vector_schema}}.||)
      coalesce(w.embedding, (select u.embedding from {{word_table}} u where u.word = ''))
      order by given.place)
    into inputs
  from unnest(characters, words) with ordinality as given (character, word, place)
  left join lateral (select t.embedding from {{character_table}} t where t.character = given.character offset 0) c on true
  left join lateral (select t.embedding from {{word_table}} t where t.word = given.word offset 0) w on true;
  for at in 1 .. size loop
    input := inputs[at];
    forwards := states[: {{hidden}}]::{{halfvec}} operator({{vector_schema}}.||) input operator({{vector_schema}}.||) one;
    backwards := states[{{hidden}} + 1 :]::{{halfvec}} operator({{vector_schema}}.||) inputs[size + 1 - at] operator({{vector_schema}}.||) one;
    -- <#> is the negative product, so that exp(<#>) + 1 is the divisor of a sigmoid; the cell's row is doubled, for tanh(x) = 2 sigmoid(2 x) - 1
    select array_agg(step.cell), array_agg(tanh(step.cell) / (1 + step.output))
      into cells, states
    from (
      select
        cells[u.place] / (1 + exp(u.forget operator({{vector_schema}}.<#>) case when u.place <= {{hidden}} then forwards else backwards end))
          + (2 / (1 + exp(u.cell operator({{vector_schema}}.<#>) case when u.place <= {{hidden}} then forwards else backwards end)) - 1)
            / (1 + exp(u.input operator({{vector_schema}}.<#>) case when u.place <= {{hidden}} then forwards else backwards end)) as cell,
        exp(u.output operator({{vector_schema}}.<#>) case when u.place <= {{hidden}} then forwards else backwards end) as output
      from {{unit_table}} u
      order by u.place
    ) step;
    pooled_states := pooled_states operator({{vector_schema}}.+) (states::{{vector}} operator({{vector_schema}}.*)
      (array_fill(weights[at], array[{{hidden}}]) || array_fill(weights[size + 1 - at], array[{{hidden}}]))::{{vector}});
    pooled_inputs := pooled_inputs operator({{vector_schema}}.+) (input::{{vector}} operator({{vector_schema}}.*)
      array_fill(weights[at], array[{{inputs}}])::{{vector}});
  end loop;
  summary := (pooled_states operator({{vector_schema}}.||) pooled_inputs)::{{halfvec}} operator({{vector_schema}}.||) one;
  select array_agg(u.value)::{{halfvec}} into activations
  from (
    select greatest(0, -(h.pooled operator({{vector_schema}}.<#>) summary)) as value from {{hidden_table}} h order by h.place
  ) u;
  return (
    select {{vector_schema}}.l2_normalize(array_agg(u.value)::{{vector}})
    from (
      select -(o.pooled operator({{vector_schema}}.<#>) summary) - (o.hidden operator({{vector_schema}}.<#>) activations) as value
      from {{output_table}} o
      order by o.place
    ) u
  );
end
$function$
