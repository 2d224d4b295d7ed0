-- Whether one of two normalised statements denies what the other says, as src/judge/chance/negation.ts finds it; questions never do.
create or replace function ltd.judge_denial(one text, other text) returns boolean
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
begin
  if one ~ {{yes_or_no}} or other ~ {{yes_or_no}} or (one !~ {{negated}} and other !~ {{negated}}) then
    return false;
  end if;
  return exists (
    select
    from (values (one, other), (other, one)) as t (text, against)
    cross join lateral regexp_matches(t.text, {{negated}}, 'g') as m (parts)
    where strpos(regexp_replace(t.against, {{negated}}, '', 'g'), m.parts[2]) > 0 and strpos(t.against, m.parts[1]) = 0
  );
end
$function$
