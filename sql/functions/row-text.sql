-- The text of a row, as src/app/template.ts renders it from JSON: columns stand in braces, doubled braces are braces. A column that is null or
-- missing is an empty string; a number has no zeros at its end.
create or replace function ltd.row_text(template text, given jsonb) returns text
language sql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $function$
  select coalesce(string_agg(
    case
      when p.part[1] in (repeat('{', 2), repeat('}', 2)) then left(p.part[1], 1)
      when p.part[2] is null then p.part[1]
      when jsonb_typeof(given -> p.part[2]) = 'number' then trim_scale((given ->> p.part[2])::numeric)::text
      else given ->> p.part[2]
    end, '' order by p.place), '')
  from regexp_matches(template, '([{]{2}|[}]{2}|[{]([^{}]+)[}]|[^{}]+)', 'g') with ordinality as p (part, place)
$function$
