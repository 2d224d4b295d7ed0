-- One student: its characters, the words that they stand in, and their weights, an element a character each, as a unit vector. The weights of a gate
-- are a row over [hidden state | input | 1], see src/embed/student-weights.ts. All rows of a gate and direction are one array, which is read once: to
-- unnest it at each step takes half of the time of a table with a row a unit.
create or replace function {{function}}(characters text[], words text[], weights real[]) returns {{vector}}
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $function$
declare
  size constant integer := cardinality(characters);
  one constant {{halfvec}} := '[1]';
  inputs {{halfvec}}[];
  seen {{halfvec}};
  input_rows {{halfvec}}[];
  output_rows {{halfvec}}[];
  forget_rows {{halfvec}}[];
  cell_rows {{halfvec}}[];
  cells float8[];
  states float8[];
  place integer;
  pooled {{vector}}[];
  pooled_inputs {{vector}};
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
  for side in 1 .. 2 loop
    select u.input, u.output, u.forget, u.cell into input_rows, output_rows, forget_rows, cell_rows
    from {{unit_table}} u
    where u.direction = side;
    cells := array_fill(0::float8, array[{{hidden}}]);
    states := cells;
    pooled[side] := states::{{vector}};
    for at in 1 .. size loop
      place := case side when 1 then at else size + 1 - at end;
      seen := states::{{halfvec}} operator({{vector_schema}}.||) inputs[place] operator({{vector_schema}}.||) one;
      -- <#> is the negative product, so that exp(<#>) + 1 is the divisor of a sigmoid; the cell's row is doubled, for tanh(x) = 2 sigmoid(2 x) - 1
      select array_agg(step.cell), array_agg(tanh(step.cell) / (1 + step.output))
        into cells, states
      from (
        select
          unnest(cells) / (1 + exp(unnest(forget_rows) operator({{vector_schema}}.<#>) seen))
            + (2 / (1 + exp(unnest(cell_rows) operator({{vector_schema}}.<#>) seen)) - 1) / (1 + exp(unnest(input_rows) operator({{vector_schema}}.<#>) seen)) as cell,
          exp(unnest(output_rows) operator({{vector_schema}}.<#>) seen) as output
      ) step;
      pooled[side] := pooled[side] operator({{vector_schema}}.+)
        (states::{{vector}} operator({{vector_schema}}.*) array_fill(weights[place], array[{{hidden}}])::{{vector}});
    end loop;
  end loop;
  select {{vector_schema}}.sum(i.input::{{vector}} operator({{vector_schema}}.*) array_fill(i.weight, array[{{inputs}}])::{{vector}}) into pooled_inputs
  from unnest(inputs, weights) as i (input, weight);
  summary := (pooled[1] operator({{vector_schema}}.||) pooled[2] operator({{vector_schema}}.||) pooled_inputs)::{{halfvec}} operator({{vector_schema}}.||) one;
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
