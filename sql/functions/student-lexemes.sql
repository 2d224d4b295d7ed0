-- What src/text/lexemes.ts asks with, of the words of a question and the question itself: the words, those that a change of case separates, the
-- exact tokens in quotation marks, and every two neighbouring letters or digits with a blank between them; each once, those that have a letter or
-- digit, at most 512.
create or replace function ltd.student_lexemes(words text[], question text) returns text[]
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
  select coalesce(array_agg(l.lexeme order by l.place), '{}')
  from (
    select given.lexeme, min(array[given.part, given.place]) as place
    from (
      select w.word as lexeme, 1 as part, w.place
      from unnest(words) with ordinality as w (word, place)
      union all
      select lower(m.parts[1] collate "C"), 2, m.place
      from regexp_matches(normalize(question, nfkc) collate "C", {{case_part}}, 'g') with ordinality as m (parts, place)
      where char_length(m.parts[1]) >= {{shortest}}
      union all
      select '"' || m.parts[1] || '"', 3, m.place
      from regexp_matches(ltd.normalize(question) collate "C", {{token}}, 'g') with ordinality as m (parts, place)
      where char_length(m.parts[1]) >= {{shortest}} and m.parts[1] !~ {{count}}
      union all
      select p.one || ' ' || p.other, 4, p.place
      from (
        select c.character as one, lead(c.character) over (order by c.place) as other, c.place
        from string_to_table(
          (select string_agg(w.word, '' order by w.place) from unnest(words) with ordinality as w (word, place) where w.word ~ {{meaning}}), null
        ) with ordinality as c (character, place)
      ) p
      where p.one ~ {{meaning}} and p.other ~ {{meaning}}
    ) given
    where char_length(given.lexeme) <= 600 and given.lexeme ~ {{meaning}}
    group by given.lexeme
    order by 2
    limit 512
  ) l
$function$
