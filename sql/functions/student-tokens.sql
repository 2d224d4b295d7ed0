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
  start integer := 1;
  joined integer;
  tokens text[] := '{}';
begin
  while start <= size loop
    select coalesce(max(n.count), 1) into joined
    from generate_series(2, least(5, size - start + 1)) as n (count)
    where exists (select from {{form_table}} f where f.form = array_to_string(words[start : start + n.count - 1], '') collate "C");
    tokens := tokens || array_to_string(words[start : start + joined - 1], '');
    start := start + joined;
  end loop;
  return tokens;
end
$function$
