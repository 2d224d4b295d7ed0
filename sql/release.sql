-- Gives leased keys back before the lease ends.
-- parameters: $1 index_id integer, $2 keys text[] (array literals), $3 versions bigint[]
with held as materialized (
  select q.key
  from unnest($2::text[], $3::bigint[]) as h(key, version)
  join ltd.queue q on q.index_id = $1 and q.key = h.key::text[] and q.version = h.version
  order by q.key
  for update of q skip locked
)
update ltd.queue q
set leased_until = null, not_before = now()
from held
where q.index_id = $1 and q.key = held.key
