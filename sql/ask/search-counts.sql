-- What the words of a question count for in the entries of a shard: the first half of a search over several shards. See sql/ask/search.sql, which does
-- the same and all else for one index.
-- parameters: $1 lexemes text[]
-- columns: entries double precision (of the index), lexeme text, "commonRows" double precision (rows that have it, by what ANALYZE has counted; 0: rare),
--   hits double precision and length double precision (rows that have it and the sum of their lengths, counted; null for one that is too common)
with rows_of_index as materialized (
  select case when c.reltuples > 0 then c.reltuples::double precision else (select count(*) from {{entry}}) end as n
  from pg_catalog.pg_class c
  where c.oid = '{{entry}}'::regclass
),
common as materialized (
  select c.lexeme, c.share
  from pg_catalog.pg_stats s,
    unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) as c (lexeme, share)
  where s.schemaname = 'ltd' and s.tablename = 'entry_{{id}}' and s.attname = 'words' and c.lexeme is not null
),
asked as materialized (
  select
    a.lexeme,
    r.n as entries,
    coalesce(c.share, 0) * r.n as common_rows,
    ('''' || replace(replace(a.lexeme, '\', '\\'), '''', '''''') || '''')::tsquery as query,
    sum(coalesce(c.share, 0) * r.n) over (order by coalesce(c.share, 0), a.lexeme collate "C") as rows_so_far,
    row_number() over (order by coalesce(c.share, 0), a.lexeme collate "C") as place
  from unnest($1::text[]) as a (lexeme)
  cross join rows_of_index r
  left join common c on c.lexeme = a.lexeme
),
marks as materialized (
  select array['?', '!', ',', '.', ':', ';', '、', '。', '…', '~', '-', '(', ')', '“', '”', '《', '》', '【', '】'] as lexemes
)
select
  a.entries,
  a.lexeme,
  a.common_rows as "commonRows",
  case when a.is_counted then count(e.words)::double precision end as hits,
  case when a.is_counted then coalesce(sum(length(ts_delete(e.words, (select lexemes from marks)))), 0)::double precision end as length
from (select asked.*, rows_so_far <= 20000 or place = 1 as is_counted from asked) a
left join {{entry}} e on a.is_counted and e.words @@ a.query
group by a.entries, a.lexeme, a.common_rows, a.is_counted
