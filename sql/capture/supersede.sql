-- Invalidates the claims of all workers on an index, so that their later writes are rejected.
-- parameters: $1 index_id integer
with held as materialized (
  select q.key
  from ltd.queue q
  where q.index_id = $1 and q.leased_until is not null
  order by q.key
  for update
)
update ltd.queue q
set version = nextval('ltd.queue_version'), leased_until = null, not_before = now()
from held
where q.index_id = $1 and q.key = held.key
