-- What src/text/normalize.ts does: one spelling for equal texts. The classes of characters are written out, as those of Postgres depend on
-- collation and version. Null for null.
create or replace function ltd.normalize(given text) returns text
language plpgsql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $function$
declare
  t text := regexp_replace(given, {{white_space_run}}, ' ', 'g');
begin
  t := normalize(regexp_replace(t, {{control}}, '', 'g'), nfkc);
  -- one capital has a lower case of two characters
  t := lower(replace(t, {{dotted_capital}}, {{dotted}}) collate "C");
  if t ~ {{upper_class}} then
    t := translate(t, {{upper}}, {{lower}});
  end if;
  t := normalize(t, nfkc);
  if t ~ {{traditional_class}} then
    t := translate(t, {{traditional}}, {{simplified}});
  end if;
  t := btrim(regexp_replace(t, {{white_space_run}}, ' ', 'g'), ' ');
  if strpos(t, ' ') > 0 then
    -- of three or more single ideographs the blanks between them go
    t := regexp_replace(t, {{spaced_out}}, '', 'g');
  end if;
  return t;
end
$function$
