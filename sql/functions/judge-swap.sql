-- Whether two parties swap their roles between two texts, as src/judge/chance/order.ts finds it. The arguments are the tokens of
-- both, and for each token of the first whether it can be a party.
create or replace function ltd.judge_swap(tokens text[], is_party boolean[], other_tokens text[]) returns boolean
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
declare
  size constant integer := coalesce(cardinality(tokens), 0);
  -- where each token stands in the other text: the last one that is the same, else the last that one of the two begins with
  elsewhere integer[] := array(
    select case when is_party[t.place] then (
        select coalesce(max(o.place) filter (where o.token = t.token), max(o.place))
        from unnest(other_tokens) with ordinality as o (token, place)
        where o.token = t.token or char_length(t.token) > 1 and char_length(o.token) > 1
          and (starts_with(o.token, t.token) or starts_with(t.token, o.token)))
      end
    from unnest(tokens) with ordinality as t (token, place)
    order by t.place)::integer[];
begin
  for one in 1 .. size loop
    continue when elsewhere[one] is null;
    for two in one + 1 .. size loop
      continue when elsewhere[two] is null or tokens[one] = tokens[two];
      if ltd.judge_direction(tokens, one, two) * ltd.judge_direction(other_tokens, elsewhere[one], elsewhere[two]) < 0 then
        return true;
      end if;
    end loop;
  end loop;
  return false;
end
$function$
