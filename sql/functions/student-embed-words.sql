-- The words of a normalised text as the unit vector of a student, with the weights of an index (null: none); null where there are none.
create or replace function ltd.student_embed_words(student ltd.student, of_index integer, words text[]) returns {{vector}}
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
declare
  read record;
  embedding {{vector}};
begin
  if cardinality(words) > 0 then
    read := ltd.student_inputs(student, of_index, words, array[cardinality(words)]);
    execute format('select ltd.%I($1, $2, $3)', 'student_' || student.id) into embedding using read.characters, read.pieces, read.weights;
  end if;
  return embedding;
end
$function$
