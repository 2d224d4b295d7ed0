-- Removes the keys whose version is unchanged from the queue; the caller writes their entries in the same transaction.
-- A key that a writer has locked is about to change: it is skipped, like one that has changed.
-- Each key is looked up separately, and deleted by its ctid: statistics of the queue, which is empty one moment and full the next, must not
-- lead to a plan that reads all of it.
-- parameters: $1 index_id integer, $2 keys text[] (array literals), $3 versions bigint[]
-- columns: version text (of each key that was taken; no two have the same)
with held as materialized (
  select q.place
  from (select * from unnest($2::text[], $3::bigint[]) as h(key, version) order by key) h
  cross join lateral (
    select q.ctid as place
    from ltd.queue q
    where q.index_id = $1 and q.key = h.key::text[] and q.version = h.version
    for update of q skip locked
  ) q
)
delete from ltd.queue q
where q.ctid = any (array(select place from held))
returning q.version::text as version
