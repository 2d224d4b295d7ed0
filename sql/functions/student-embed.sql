-- A text as the unit vector of a student, with the words of an index (null: none); null for a text without a letter or digit.
create or replace function ltd.student_embed(student ltd.student, of_index integer, given text) returns {{vector}}
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
declare
  normalized text := ltd.normalize(given);
begin
  if given is null or normalized !~ {{meaning}} then
    return null;
  end if;
  -- enough for all characters that are read, with blanks between them, and for the words that follow to find their ends
  return ltd.student_embed_words(student, of_index, ltd.student_words(student, of_index, left(normalized, 2 * student.max_chars + 64)));
end
$function$
