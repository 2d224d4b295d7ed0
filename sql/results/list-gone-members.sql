-- The rows of a clustering that no longer have a vector.
-- parameters: $1 set_id integer
-- columns: key text[]
select m.key
from ltd.cluster_member m
where m.set_id = $1 and not exists (
  select from {{entries}} e where e.embedding is not null and {{key}} collate "C" = m.key
)
