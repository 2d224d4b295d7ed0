-- The aliases and negative questions of an index, or of some rows.
-- parameters: $1 index_name text, $2 keys text[] (array literals) or null: of all rows
-- columns: key text[], question text, alias text, "isNegative" boolean
with wanted as (
  select k.key::text[] collate "C" as key
  from unnest($2::text[]) as k (key)
)
select q.key, q.question, q.alias, q."isNegative"
from (
  select a.index_name, a.key, a.question, a.alias, false as "isNegative"
  from ltd.alias a
  union all
  select n.index_name, n.key, n.question, n.negative, true
  from ltd.negative n
) q
where q.index_name = $1 and ($2 is null or q.key in (select key from wanted))
order by q.key, q."isNegative", q.question collate "C"
