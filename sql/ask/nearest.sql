-- The rows nearest to a vector, nearest first; a bare `order by … limit`, which the HNSW index answers, of rows that are in the source.
-- parameters: $1 vector (sent as text without a type: its first cast says that it is one, or a plan that is kept would read the text for each row);
--   in {{rows}} a filter jsonb (what a row as JSON must contain)
-- columns: key text[], distance double precision, row jsonb (see ltd.exact_row), values text[] (of the columns of the template),
--   refusal double precision (similarity to a negative question of the row, where that is nearer than each of the row's own wordings;
--   otherwise null), wordings text[] (the aliases of the row)
select
  {{key}} as key,
  e.distance,
  {{row}} as row,
  {{values}} as values,
  (
    select case when max(w.similarity) filter (where w.is_negative) > max(w.similarity) filter (where not w.is_negative)
      then max(w.similarity) end
    from (
      select v.is_negative, 1 - (v.embedding::{{vector}} {{operator}} $1::{{vector}}) as similarity
      from ltd.wording_vector v
      where v.index_id = {{id}} and v.key = {{key}} collate "C"
    ) w
  ) as refusal,
  array(
    select a.question
    from ltd.alias a
    where a.index_name = (select i.name from ltd.index i where i.id = {{id}}) and a.key = {{key}} collate "C"
    order by a.alias
  ) as wordings
from (
  select {{entry_keys}}, e.embedding {{operator}} $1::{{vector}} as distance
  from {{entries}} e
  join {{rows}} s on {{same_key}}
  where e.embedding is not null and {{is_live}}
  order by distance
  limit {{k}}
) e
join {{source}} s on {{same_key}}
order by e.distance
