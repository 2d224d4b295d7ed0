-- What the network reads of normalised texts, with the weights of an index (null: none): the characters of all texts one after another, the word or piece that each
-- stands in, and its weight; those of a text sum to 1. `sizes` says how many words each text has, one at least, and `counts` how many characters are read.
create or replace function ltd.student_inputs(student ltd.student, of_index integer, words text[], sizes integer[],
  out characters text[], out pieces text[], out weights real[], out counts integer[])
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $function$
declare
  -- whether a Latin word or a number that the model does not know is read by its pieces, and weighs as two characters
  reads_pieces constant boolean := exists (select from ltd.word w where w.model_id = student.model_id and w.word = '##0');
begin
  with cut as (
    select w.word, w.place, t.text, row_number() over (partition by t.text order by w.place) as number
    from unnest(words) with ordinality as w (word, place)
    join (
      select s.text, sum(s.size) over (order by s.text) as last, s.size from unnest(sizes) with ordinality as s (size, text)
    ) t on w.place > t.last - t.size and w.place <= t.last
  ), known as (
    select c.*, char_length(c.word) as length, reads_pieces and c.word collate "C" ~ '^([a-z]+|[0-9]+)$' as is_run,
      (select b.idf from ltd.word b where b.model_id = student.model_id and b.word = c.word) as idf
    from cut c
    -- a word has a character at least
    where c.number <= student.max_chars
  ), weighed as (
    -- a word's IDF, and a constant for each of its characters, over its length
    select k.text, k.word, k.place, k.is_run and k.idf is null as has_pieces,
      (coalesce((select o.idf from ltd.weight o where o.index_id = of_index and o.word = k.word), k.idf, student.unknown_idf)::float8
        + student.smoothing * case when k.is_run then least(k.length, 2) else k.length end) / k.length as weight
    from known k
  ), read as (
    select w.text, t.character, coalesce(t.piece, w.word) as word, w.weight,
      row_number() over (partition by w.text order by w.place, t.place) as place
    from weighed w
    cross join lateral rows from (
      string_to_table(w.word, null), unnest(case when w.has_pieces then ltd.student_pieces(student, w.word) end)
    ) with ordinality as t (character, piece, place)
  ), kept as (
    select r.*, sum(r.weight) over (partition by r.text) as total, row_number() over (partition by r.text order by r.place desc) as from_end
    from read r
    where r.place <= student.max_chars
  )
  select array_agg(k.character order by k.text, k.place), array_agg(k.word order by k.text, k.place),
    array_agg((k.weight / k.total)::real order by k.text, k.place), array_agg(k.place::integer order by k.text) filter (where k.from_end = 1)
    into characters, pieces, weights, counts
  from kept k;
end
$function$
