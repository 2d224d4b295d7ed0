-- The text of a row, as src/app/template.ts renders it: columns stand in braces, doubled braces are braces. The values of the columns are a JSON
-- array of texts; null is an empty string.
-- As far as it is read: see src/text/cut-text.ts.
create or replace function ltd.row_text(template text, columns text[], given jsonb) returns text
language plpgsql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $function$
begin
  -- most templates are one column
  if template = format('{%s}', columns[1]) then
    return ltd.cut_text(coalesce(given ->> 0, ''));
  end if;
  return (
    select ltd.cut_text(coalesce(string_agg(
      case
        when p.part[1] in (repeat('{', 2), repeat('}', 2)) then left(p.part[1], 1)
        when p.part[2] is null then p.part[1]
        else given ->> (array_position(columns, p.part[2]) - 1)
      end, '' order by p.place), ''))
    from regexp_matches(template, '([{]{2}|[}]{2}|[{]([^{}]+)[}]|[^{}]+)', 'g') with ordinality as p (part, place)
  );
end
$function$
