-- Releases leased keys before the lease ends.
-- parameters: $1 index_id integer, $2 keys text[] (array literals), $3 versions bigint[]
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
update ltd.queue q
set leased_until = null, not_before = now()
-- by their place: see acknowledge.sql
where q.ctid = any (array(select place from held))
