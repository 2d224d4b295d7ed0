-- What src/text/word-trie.ts and segment.ts do: the words of a normalised text, blanks left out. Of all ways to cut it that whose words have
-- the largest product of probabilities; of two that are equal, the one that begins with the shorter word. Null for of_index: no words of an index.
create or replace function ltd.student_words(student ltd.student, of_index integer, normalized text) returns text[]
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set jit = off
as $function$
declare
  size constant integer := coalesce(char_length(normalized), 0);
  unknown constant float8 := ln(student.rarest::float8 / student.total);
  has_own boolean := false;
  longest integer := student.longest;
  -- from each place on: the largest sum of logarithms, and where its first word ends
  best float8[] := array_fill(0::float8, array[size + 1]);
  ends integer[] := array_fill(0, array[size]);
  candidate record;
  total float8;
  place integer := 1;
  word text;
  kind text;
  run text := '';
  run_kind text;
  words text[] := '{}';
begin
  if of_index is not null then
    select count(*) > 0, greatest(longest, max(char_length(w.word))) into has_own, longest
    from ltd.weight w
    where w.index_id = of_index and w.frequency is not null;
  end if;
  for candidate in
    select s.start, l.length, weighed.logarithm
    from generate_series(size, 1, -1) as s (start)
    -- to find a place in a long text takes as long as the text is
    cross join lateral (select substr(normalized, s.start, longest) collate "C" as text offset 0) rest
    cross join lateral generate_series(1, least(longest, size - s.start + 1)) as l (length)
    cross join lateral (select left(rest.text, l.length) as word offset 0) piece
    cross join lateral (
      -- no word reaches over a blank or a full stop
      select case when strpos(piece.word, ' ') > 0 or strpos(piece.word, '。') > 0 then null else ln(coalesce(
        case when has_own then (select w.frequency from ltd.weight w where w.index_id = of_index and w.word = piece.word) end,
        (select nullif(w.frequency, 0) from ltd.word w where w.model_id = student.model_id and w.word = piece.word)
      )::float8 / student.total) end as logarithm
      offset 0
    ) weighed
    where l.length = 1 or weighed.logarithm is not null
    order by s.start desc, l.length
  loop
    if candidate.length = 1 then
      word := substr(normalized, candidate.start, 1);
      ends[candidate.start] := candidate.start + 1;
      -- what stands before a separator is cut by itself
      best[candidate.start] := case when word in (' ', '。') then 0
        else best[candidate.start + 1] + coalesce(candidate.logarithm, unknown) end;
    else
      total := best[candidate.start + candidate.length] + candidate.logarithm;
      if total > best[candidate.start] then
        best[candidate.start] := total;
        ends[candidate.start] := candidate.start + candidate.length;
      end if;
    end if;
  end loop;
  while place <= size loop
    word := substr(normalized, place, ends[place] - place);
    -- neighbours that are both letters a-z, or both digits, are one word
    kind := case when word collate "C" ~ '^[a-z]$' then 'letter' when word collate "C" ~ '^[0-9]$' then 'digit' end;
    if run <> '' and kind is distinct from run_kind then
      words := words || run;
      run := '';
    end if;
    if kind is not null then
      run := run || word;
    elsif word <> ' ' then
      words := words || word;
    end if;
    run_kind := kind;
    place := ends[place];
  end loop;
  return case when run = '' then words else words || run end;
end
$function$
