-- What a text is found by, of its words and itself: see lexemes in src/text/lexemes.ts.
create or replace function ltd.entry_lexemes(words text[], given text) returns text[]
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
  with token as (
    select distinct m.parts[1] as token from regexp_matches(ltd.normalize(given) collate "C", {{token}}, 'g') as m (parts)
    where char_length(m.parts[1]) >= {{shortest}} and m.parts[1] !~ {{count}}
  ), given_lexeme as (
    select w.word as lexeme from unnest(words) as w (word)
    union
    select lower(m.parts[1] collate "C") from regexp_matches(normalize(given, nfkc) collate "C", {{case_part}}, 'g') as m (parts)
    where char_length(m.parts[1]) >= {{shortest}} and exists (select from token)
    union
    select '"' || t.token || '"' from token t
    union
    select '"' || p.part || '"'
    from token t cross join lateral regexp_split_to_table(t.token, '[_.-]+') as p (part)
    where t.token ~ '[_.-]' and char_length(p.part) >= {{shortest}} and p.part !~ {{count}}
  ), pair as (
    select p.one || ' ' || p.other as lexeme
    from (
      select c.character as one, lead(c.character) over (order by c.place) as other, c.place
      from string_to_table(
        (select string_agg(w.word, '' order by w.place) from unnest(words) with ordinality as w (word, place) where w.word ~ {{meaning}}), null
      ) with ordinality as c (character, place)
    ) p
    where p.one ~ {{meaning}} and p.other ~ {{meaning}}
    group by 1
    order by min(p.place)
    -- the pairs are what is left out of a long row
    limit greatest(0, {{most}} - (select count(*) from given_lexeme))
  )
  select coalesce(array_agg(l.lexeme), '{}')
  from (select g.lexeme from given_lexeme g union select p.lexeme from pair p) l
  where octet_length(l.lexeme) between 1 and 2046
$function$
