-- Takes the keys whose version still stands from the queue; the caller writes their entries in the same transaction.
-- A key that a writer holds at this moment is about to change: it is passed over, like one that has changed.
-- parameters: $1 index_id integer, $2 keys text[] (array literals), $3 versions bigint[]
-- columns: position integer (of the key in $2, from 1)
with held as materialized (
  select q.key, h.position::integer as position
  from unnest($2::text[], $3::bigint[]) with ordinality as h(key, version, position)
  join ltd.queue q on q.index_id = $1 and q.key = h.key::text[] and q.version = h.version
  order by q.key
  for update of q skip locked
)
delete from ltd.queue q
using held
where q.index_id = $1 and q.key = held.key
returning held.position
