-- Hybrid search: the nearest vectors and the rows that have the words (BM25), by a weighted mean of both scores; rows that have a rare exact token of
-- the question come first. Both look at rows that pass the filter only. See docs/search.md.
-- parameters: $1 vector, as text, or null, $2 lexemes text[], $3 k integer, $4 filter jsonb (what a row as JSON must contain) or null,
--   $5 weight of the words, 0 to 1, or null: by the lengths
-- columns: key text[], score double precision, similarity double precision, "vectorRank" integer, "wordsRank" integer,
--   "wordsScore" double precision, lexemes text[] (those that the row has), "wordsWeight" double precision, row jsonb (see ltd.exact_row), values text[] (of the
--   columns of the template)
with rows_of_index as materialized (
  select case when c.reltuples > 0 then c.reltuples::double precision else (select count(*) from {{entry}}) end as n
  from pg_catalog.pg_class c
  where c.oid = '{{entry}}'::regclass
),
-- what ANALYZE has counted: the lexemes that many rows have; all others are rare
common as materialized (
  select c.lexeme, c.share
  from pg_catalog.pg_stats s,
    unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) as c (lexeme, share)
  where s.schemaname = 'ltd' and s.tablename = 'entry_{{id}}' and s.attname = 'words' and c.lexeme is not null
),
-- from the rarest lexeme on, as long as some 20,000 rows are looked at: so a small table is looked at for all of them. It is as many rows as a
-- local file compares with every vector (EXACT_ROWS): what one leg may cost at most
asked as materialized (
  select
    a.lexeme,
    -- quoted, so that nothing in it is an operator
    ('''' || replace(replace(a.lexeme, '\', '\\'), '''', '''''') || '''')::tsquery as query
  from (
    select a.lexeme, sum(coalesce(c.share, 0) * r.n) over (order by coalesce(c.share, 0), a.lexeme collate "C") as rows_so_far,
      row_number() over (order by coalesce(c.share, 0), a.lexeme collate "C") as place
    from unnest($2::text[]) as a (lexeme)
    cross join rows_of_index r
    left join common c on c.lexeme = a.lexeme
  ) a
  where a.rows_so_far <= 20000 or a.place = 1
),
-- punctuation makes no text longer
marks as materialized (
  select array['?', '!', ',', '.', ':', ';', '、', '。', '…', '~', '-', '(', ')', '“', '”', '《', '》', '【', '】'] as lexemes
),
hit as materialized (
  select a.lexeme, {{entry_keys}}, length(ts_delete(e.words, (select lexemes from marks))) as length
  from asked a
  join {{entry}} e on e.words @@ a.query
),
-- BM25 with a term frequency of 1, k1 = 1.2, b = 0.75: idf (k1 + 1) / (1 + k1 (1 - b + b length / mean length))
weighed as materialized (
  select h.lexeme, ln(1 + greatest(r.n - h.n + 0.5, 0.5) / (h.n + 0.5)) as idf
  from (select lexeme, count(*) as n from hit group by lexeme) h
  cross join rows_of_index r
),
-- an exact token (in quotation marks) that few rows have is what the question is about
exact as materialized (
  select lexeme, idf
  from weighed
  where lexeme like '"_%"' and $5::double precision is distinct from 0
),
scored as materialized (
  select
    {{key_names}},
    length,
    coalesce(sum(idf) filter (where lexeme in (select lexeme from exact)) / (select sum(idf) from exact), 0) as exact,
    sum(idf) * (1.2 + 1) / (1 + 1.2 * (1 - 0.75 + 0.75 * length / (select avg(length) from hit))) as score
  from hit
  join weighed using (lexeme)
  group by {{key_names}}, length
),
by_words as materialized (
  select *, row_number() over (order by exact desc, score desc, {{key_names}}) as rank
  from (
    select e.*
    from scored e
    where exists (select from {{rows}} s where {{same_key}})
    order by e.exact desc, e.score desc, {{entry_keys}}
    limit greatest($3, 50)
  ) found
),
by_vector as materialized (
  select *, row_number() over (order by distance, {{key_names}}) as rank
  from (
    select {{entry_keys}}, length(ts_delete(e.words, (select lexemes from marks))) as length, e.embedding {{operator}} $1::{{vector}} as distance
    from {{entries}} e
    join {{rows}} s on {{same_key}}
    where e.embedding is not null and $1 is not null and {{is_live}}
    order by distance
    limit greatest($3, 50)
  ) found
),
-- Words find what a vector cannot say: the more the question is longer than the rows, or if it is a word alone.
weight as materialized (
  select coalesce($5::double precision, greatest(
    1 - (select avg(length) from (select length from by_words union all select length from by_vector) l) / nullif(cardinality($2), 0),
    1 / (select greatest(count(*), 1) from unnest($2) as a (lexeme) where a.lexeme not like '% %' and a.lexeme not like '"_%"') ^ 2,
    0
  )) as of_words
),
-- all that the question asks for; a lexeme that no row has counts most
question as materialized (
  select sum(coalesce(w.idf, ln(1 + greatest(r.n - coalesce(c.share, 0) * r.n + 0.5, 0.5) / (coalesce(c.share, 0) * r.n + 0.5)))) as idf
  from unnest($2::text[]) as a (lexeme)
  cross join rows_of_index r
  left join weighed w using (lexeme)
  left join common c using (lexeme)
),
candidate as (
  select
    {{key_names}},
    1 - coalesce(v.distance, e.embedding {{operator}} $1::{{vector}}) as similarity,
    v.rank as vector_rank,
    w.rank as words_rank,
    w.score as words_score
  from by_vector v
  full join by_words w using ({{key_names}})
  join {{entries}} e using ({{key_names}})
),
fused as (
  select
    {{key_names}},
    -- BM25 of the row as a share of what the whole question can have: in [0, 1], as a similarity
    (1 - f.of_words) * coalesce(c.similarity, 0) + f.of_words * coalesce(h.score / ((1.2 + 1) * q.idf), 0)
      -- more than both can give
      + case when h.exact > 0 then 1 + h.exact else 0 end as score,
    c.similarity,
    c.vector_rank,
    c.words_rank,
    c.words_score,
    f.of_words
  from candidate c
  -- of by_words only the first are there
  left join scored h using ({{key_names}})
  cross join weight f
  cross join question q
  order by score desc, c.vector_rank, c.words_rank
  limit $3
),
explained as (
  select {{key_names}}, array_agg(lexeme order by idf desc, lexeme collate "C") as lexemes
  from hit
  join weighed using (lexeme)
  join fused using ({{key_names}})
  group by {{key_names}}
)
select
  {{key}} as key,
  f.score,
  f.similarity,
  f.vector_rank::integer as "vectorRank",
  f.words_rank::integer as "wordsRank",
  f.words_score as "wordsScore",
  coalesce(x.lexemes, '{}') as lexemes,
  f.of_words as "wordsWeight",
  {{row}} as row,
  {{values}} as values
from fused f
left join explained x using ({{key_names}})
join {{entries}} e using ({{key_names}})
join {{source}} s on {{same_key}}
order by f.score desc, f.vector_rank, f.words_rank
