-- Embeds a text with the model and weights of an index's live generation; null for a text without a letter or digit.
create or replace function ltd.embed(index_name text, given text) returns {{vector}}
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
declare
  live constant ltd.index := ltd.live_index(index_name);
begin
  return ltd.student_embed(ltd.live_student(live), live.id, given);
end
$function$
