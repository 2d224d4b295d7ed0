-- What src/text/lexemes.ts asks with: the words of a question, and every two neighbouring letters or digits of it with a blank between them,
-- each once, those that have a letter or digit, at most 512.
create or replace function ltd.student_lexemes(words text[]) returns text[]
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
  select coalesce(array_agg(l.lexeme order by l.part, l.place), '{}')
  from (
    select given.lexeme, min(given.part) as part, min(given.place) as place
    from (
      select w.word as lexeme, 1 as part, w.place
      from unnest(words) with ordinality as w (word, place)
      union all
      select p.one || ' ' || p.other, 2, p.place
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
    order by 2, 3
    limit 512
  ) l
$function$
