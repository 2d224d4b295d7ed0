-- What was kept of removed indexes.
-- parameters: $1 index_name text or null: of all
-- columns: name text, "keyTypes" text[], aliases integer, negatives integer, weights integer, thresholds boolean
select
  k.index_name as name,
  k.key_types as "keyTypes",
  (select count(*)::integer from ltd.alias a where a.index_name = k.index_name) as aliases,
  (select count(*)::integer from ltd.negative n where n.index_name = k.index_name) as negatives,
  (select count(*)::integer from ltd.kept_weight w where w.index_name = k.index_name) as weights,
  k.answer_threshold is not null or k.suggest_threshold is not null or k.answer_margin is not null as thresholds
from ltd.kept k
where $1::text is null or k.index_name = $1
order by k.index_name
