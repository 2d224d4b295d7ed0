-- The beginning of a text that is read, as src/text/cut-text.ts cuts it by UTF-16 units, of which a character beyond the first plane takes two.
create or replace function ltd.cut_text(given text) returns text
language plpgsql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $function$
begin
  if char_length(given) <= {{read_length}} / 2 or left(given, {{read_length}}) !~ {{beyond}} then
    return left(given, {{read_length}});
  end if;
  return (
    select coalesce(string_agg(c.character, '' order by c.place), '')
    from (
      select c.character, c.place, sum(case when c.character ~ {{beyond}} then 2 else 1 end) over (order by c.place) as units
      from string_to_table(left(given, {{read_length}}), null) with ordinality as c (character, place)
    ) c
    where c.units <= {{read_length}}
  );
end
$function$
