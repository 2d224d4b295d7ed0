-- The words of a normalised text as the unit vector of a student, with the weights of an index (null: none); null where there are none.
create or replace function ltd.student_embed_words(student ltd.student, of_index integer, words text[]) returns {{vector}}
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set jit = off
as $function$
declare
  -- whether a Latin word or a number that the model does not know is read by its pieces, and weighs as two characters
  reads_pieces constant boolean := exists (select from ltd.word w where w.model_id = student.model_id and w.word = '##0');
  characters text[];
  pieces text[];
  weights real[];
  embedding {{vector}};
begin
  -- a word's IDF, and a constant for each of its characters, over its length; they sum to 1
  select array_agg(c.character order by c.place), array_agg(c.word order by c.place),
    array_agg((c.weight / c.total)::real order by c.place)
    into characters, pieces, weights
  from (
    select kept.*, sum(kept.weight) over () as total
    from (
      select t.character, coalesce(t.piece, w.word) as word, w.weight, row_number() over (order by w.place, t.place) as place
      from (
        select known.word, known.place, known.is_run and known.idf is null as has_pieces,
          (coalesce((select o.idf from ltd.weight o where o.index_id = of_index and o.word = known.word), known.idf, student.unknown_idf)::float8
            + student.smoothing * case when known.is_run then least(known.length, 2) else known.length end) / known.length as weight
        from (
          select cut.word, cut.place, char_length(cut.word) as length, reads_pieces and cut.word collate "C" ~ '^([a-z]+|[0-9]+)$' as is_run,
            (select b.idf from ltd.word b where b.model_id = student.model_id and b.word = cut.word) as idf
          from unnest(words) with ordinality as cut (word, place)
          -- a word has a character at least
          where cut.place <= student.max_chars
        ) known
      ) w
      cross join lateral rows from (
        string_to_table(w.word, null), unnest(case when w.has_pieces then ltd.student_pieces(student, w.word) end)
      ) with ordinality as t (character, piece, place)
      order by w.place, t.place
      limit student.max_chars
    ) kept
  ) c;
  execute format('select ltd.%I($1, $2, $3)', 'student_' || student.id) into embedding using characters, pieces, weights;
  return embedding;
end
$function$
