-- The numbers of a normalised text, as src/judge/chance/quantity.ts reads them: value, canonical unit ('' for none), and whether it bounds a range.
create or replace function ltd.judge_quantities(normalized text)
returns table (value double precision, unit text, is_bound boolean, place bigint)
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
begin
  if normalized !~ {{digit}} then
    return;
  end if;
  return query
  select read.whole + case when m.parts[6] is null then 0 else 0.5 end,
    case when m.parts[2] <> '' then '第' else coalesce({{units}}::jsonb ->> m.parts[5], '') end,
    m.parts[7] is not null, m.place
  from regexp_matches(normalized, {{number}}, 'g') with ordinality as m (parts, place)
  cross join lateral (
    select case
        when m.parts[3] ~ '^[0-9]+[.][0-9]+[.]' then (
          select sum(v.part::double precision / 1000::double precision ^ (v.place - 1))
          from string_to_table(m.parts[3], '.') with ordinality as v (part, place))
        else (case when m.parts[3] ~ '^[0-9]' then m.parts[3]::double precision else ltd.judge_number(m.parts[3]) end)
          * case m.parts[4] when '万' then 10000 when '千' then 1000 else 1 end
      end as whole
    offset 0
  ) read
  -- longer ones have no value that can be compared
  where char_length(m.parts[3]) <= 100
    and (m.parts[3] ~ '^[0-9]' or m.parts[2] <> ''
      or (m.parts[1] !~ {{no_number}} and (m.parts[5] is not null or m.parts[3] ~ '[十百千万].')));
end
$function$
