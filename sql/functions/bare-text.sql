-- What bareText of src/text/normalize.ts gives: the letters and digits of a text, normalised.
create or replace function ltd.bare_text(given text) returns text
language plpgsql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $function$
begin
  return regexp_replace(ltd.normalize(given), {{no_meaning}}, '', 'g');
end
$function$
