-- A text as the unit vector of a student, with the words of an index (null: none); null for a text without a letter or digit.
create or replace function ltd.student_embed(student ltd.student, of_index integer, given text) returns {{vector}}
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set jit = off
as $function$
declare
  normalized text := ltd.normalize(given);
  characters text[];
  words text[];
  weights real[];
  embedding {{vector}};
begin
  if given is null or normalized !~ {{meaning}} then
    return null;
  end if;
  -- enough for all characters that are read, with blanks between them, and for the words that follow to find their ends
  normalized := left(normalized, 2 * student.max_chars + 64);
  -- a word's IDF over its length, plus a constant, for each of its characters; they sum to 1
  select array_agg(c.character order by c.place), array_agg(c.word order by c.place),
    array_agg((c.weight / c.total)::real order by c.place)
    into characters, words, weights
  from (
    select kept.*, sum(kept.weight) over () as total
    from (
      select t.character, w.word, w.weight, row_number() over (order by w.place, t.place) as place
      from (
        select cut.word, cut.place, coalesce(
            (select o.idf from ltd.weight o where o.index_id = of_index and o.word = cut.word),
            (select b.idf from ltd.word b where b.model_id = student.model_id and b.word = cut.word),
            student.unknown_idf)::float8 / char_length(cut.word) + student.smoothing as weight
        from unnest(ltd.student_words(student, of_index, normalized)) with ordinality as cut (word, place)
      ) w
      cross join lateral string_to_table(w.word, null) with ordinality as t (character, place)
      order by w.place, t.place
      limit student.max_chars
    ) kept
  ) c;
  execute format('select ltd.%I($1, $2, $3)', 'student_' || student.id) into embedding using characters, words, weights;
  return embedding;
end
$function$
