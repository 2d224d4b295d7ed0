-- The words of normalised texts, one after another, as unit vectors of a student, with the weights of an index (null: none). `sizes` says how many words each text
-- has, one at least. Many texts take less time together; {{most}} characters at a time bound the memory.
create or replace function ltd.student_embed_texts(student ltd.student, of_index integer, words text[], sizes integer[]) returns {{vector}}[]
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
declare
  read record;
  embeddings {{vector}}[] := '{}';
  together {{vector}}[];
  -- words and characters that are embedded
  done integer := 0;
  first integer := 1;
  length integer := 0;
begin
  -- a student that an older version installed has no function for many texts
  if cardinality(sizes) < 2 or to_regprocedure(format('ltd.student_%s_batch(text[], text[], real[], integer[])', student.id)) is null then
    for number in 1 .. cardinality(sizes) loop
      embeddings := embeddings || ltd.student_embed_words(student, of_index, words[done + 1 : done + sizes[number]]);
      done := done + sizes[number];
    end loop;
    return embeddings;
  end if;
  read := ltd.student_inputs(student, of_index, words, sizes);
  for number in 1 .. cardinality(sizes) loop
    length := length + read.counts[number];
    continue when number < cardinality(sizes) and length + read.counts[number + 1] <= {{most}};
    execute format('select ltd.%I($1, $2, $3, $4)', 'student_' || student.id || '_batch')
      into together
      using read.characters[done + 1 : done + length], read.pieces[done + 1 : done + length], read.weights[done + 1 : done + length], read.counts[first : number];
    embeddings := embeddings || together;
    done := done + length;
    first := number + 1;
    length := 0;
  end loop;
  return embeddings;
end
$function$
