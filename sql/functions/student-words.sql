-- What src/text/word-trie.ts and segment.ts do: the words of a normalised text, blanks left out. Of all ways to cut it that whose words have
-- the largest product of probabilities; of two that are equal, the one that begins with the shorter word. Null for of_index: no words of an index.
create or replace function ltd.student_words(student ltd.student, of_index integer, normalized text) returns text[]
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
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
    with piece as materialized (
      select s.start, l.length, left(rest.text, l.length) as word
      from generate_series(size, 1, -1) as s (start)
      -- to find a place in a long text takes as long as the text is; no word reaches over a blank or a full stop
      cross join lateral (select substr(normalized, s.start, longest) collate "C" as text offset 0) given
      cross join lateral (
        select case when given.text ~ '^[ 。]' then left(given.text, 1) else split_part(translate(given.text, '。', ' '), ' ', 1) end as text offset 0
      ) rest
      cross join lateral generate_series(1, char_length(rest.text)) as l (length)
    ), known as materialized (
      select w.word, w.frequency
      from ltd.word w
      where w.model_id = student.model_id and w.word = any (array(select distinct p.word from piece p)) and w.frequency > 0
    )
    select p.start, p.length, weighed.logarithm
    from piece p
    left join known k on k.word = p.word
    cross join lateral (
      select ln(coalesce(case when has_own then (select w.frequency from ltd.weight w where w.index_id = of_index and w.word = p.word) end, k.frequency)::float8
        / student.total) as logarithm
    ) weighed
    where p.length = 1 or weighed.logarithm is not null
    order by p.start desc, p.length
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
