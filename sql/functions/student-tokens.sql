-- The words of a normalised text for the judge of one student, as src/judge/chance/reading.ts joins them: up to five neighbours are one token where the
-- lexicon has them as one form.
create or replace function {{function}}(normalized text) returns text[]
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set jit = off
as $function$
declare
  words constant text[] := array(
    select w.word
    from unnest(ltd.student_words((select s from ltd.student s where s.id = {{student}}), null, normalized)) with ordinality as w (word, place)
    where w.word ~ {{meaning}}
    order by w.place);
  size constant integer := cardinality(words);
  -- for each word: how many from it on are the longest form
  joined constant integer[] := array(
    select coalesce(max(n.count), 1)
    from generate_series(1, size) as s (start)
    left join lateral (
      select c.count
      from generate_series(2, least(5, size - s.start + 1)) as c (count)
      where (select true from {{form_table}} f where f.form = array_to_string(words[s.start : s.start + c.count - 1], '') collate "C")
    ) n on true
    group by s.start
    order by s.start);
  start integer := 1;
  tokens text[] := '{}';
begin
  while start <= size loop
    tokens := tokens || array_to_string(words[start : start + joined[start] - 1], '');
    start := start + joined[start];
  end loop;
  return tokens;
end
$function$
