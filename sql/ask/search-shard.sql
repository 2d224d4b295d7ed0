-- The rows of a shard that may be among the best for a question: the second half of a search over several shards, after sql/ask/search-counts.sql. The
-- scores of the words are those that one index with all rows would give. See sql/ask/search.sql.
-- parameters: $1 vector, as text, $2 lexemes text[], $3 idfs double precision[] (of each lexeme), $4 mean length of the rows that have one, $5 k integer,
--   $6 filter jsonb (what a row as JSON must contain) or null, $7 boolean: whether rows with rare exact tokens come first
-- columns: key text[], distance double precision, "isNear" boolean and "hasWords" boolean (whether it is among the first by vector, by words),
--   exact double precision, "wordsScore" double precision (null without one of the lexemes), length integer, lexemes text[] (those that the row has),
--   row jsonb (see ltd.exact_row), values text[] (of the columns of the template)
with asked as materialized (
  select a.lexeme, a.idf, ('''' || replace(replace(a.lexeme, '\', '\\'), '''', '''''') || '''')::tsquery as query
  from unnest($2::text[], $3::double precision[]) as a (lexeme, idf)
),
marks as materialized (
  select array['?', '!', ',', '.', ':', ';', '、', '。', '…', '~', '-', '(', ')', '“', '”', '《', '》', '【', '】'] as lexemes
),
hit as materialized (
  select a.lexeme, a.idf, {{entry_keys}}, length(ts_delete(e.words, (select lexemes from marks))) as length
  from asked a
  join {{entry}} e on e.words @@ a.query
),
exact as materialized (
  select lexeme, idf from asked where lexeme like '"_%"' and $7::boolean
),
scored as materialized (
  select
    {{key_names}},
    length,
    coalesce(sum(idf) filter (where lexeme in (select lexeme from exact)) / (select sum(idf) from exact), 0) as exact,
    sum(idf) * (1.2 + 1) / (1 + 1.2 * (1 - 0.75 + 0.75 * length / $4::double precision)) as score
  from hit
  group by {{key_names}}, length
),
by_words as materialized (
  select e.*
  from scored e
  where exists (select from {{rows}} s where {{same_key}})
  order by e.exact desc, e.score desc, {{entry_keys}}
  limit greatest($5, 50)
),
by_vector as materialized (
  select {{entry_keys}}, length(ts_delete(e.words, (select lexemes from marks))) as length, e.embedding {{operator}} $1::{{vector}} as distance
  from {{entries}} e
  join {{rows}} s on {{same_key}}
  where e.embedding is not null and {{is_live}}
  order by distance
  limit greatest($5, 50)
),
candidate as materialized (
  select {{key_names}}, v.distance, v.distance is not null as is_near, w.score is not null as has_words, coalesce(v.length, w.length) as length
  from by_vector v
  full join by_words w using ({{key_names}})
),
explained as (
  select {{key_names}}, array_agg(lexeme order by idf desc, lexeme collate "C") as lexemes
  from hit
  join candidate using ({{key_names}})
  group by {{key_names}}
)
select
  {{key}} as key,
  coalesce(f.distance, e.embedding {{operator}} $1::{{vector}}) as distance,
  f.is_near as "isNear",
  f.has_words as "hasWords",
  coalesce(h.exact, 0) as exact,
  h.score as "wordsScore",
  f.length,
  coalesce(x.lexemes, '{}') as lexemes,
  {{row}} as row,
  {{values}} as values
from candidate f
left join scored h using ({{key_names}})
left join explained x using ({{key_names}})
join {{entries}} e using ({{key_names}})
join {{source}} s on {{same_key}}
