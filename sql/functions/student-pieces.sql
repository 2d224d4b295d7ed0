-- What src/text/pieces.ts does: for each character of a word of letters or digits, the piece that it stands in. The longest known piece is taken
-- first, from the start; one within the word has ## before it.
create or replace function ltd.student_pieces(student ltd.student, given text) returns text[]
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set jit = off
as $function$
declare
  size constant integer := char_length(given);
  place integer := 1;
  before text := '';
  piece text;
  pieces text[] := '{}';
begin
  while place <= size loop
    piece := coalesce(
      (
        select w.word
        from generate_series(least(16, size - place + 1), 1, -1) as l (length)
        cross join lateral (
          select k.word from ltd.word k where k.model_id = student.model_id and k.word = before || substr(given, place, l.length) offset 0
        ) w
        order by l.length desc
        limit 1
      ),
      before || substr(given, place, 1)
    );
    pieces := pieces || array_fill(piece, array[char_length(piece) - char_length(before)]);
    place := place + char_length(piece) - char_length(before);
    before := '##';
  end loop;
  return pieces;
end
$function$
