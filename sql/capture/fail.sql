-- Counts a failed attempt. The next is due after a pause that doubles, with jitter; after the last the key is failed. Skips changed keys.
-- parameters: $1 index_id integer, $2 keys text[] (array literals), $3 versions bigint[], $4 errors text[],
--   $5 attempts at most, $6 first pause in ms, $7 longest pause in ms
-- columns: failed boolean
with held as materialized (
  select q.place, h.error
  from (select * from unnest($2::text[], $3::bigint[], $4::text[]) as h(key, version, error) order by key) h
  -- each key by itself: see acknowledge.sql
  cross join lateral (
    select q.ctid as place
    from ltd.queue q
    where q.index_id = $1 and q.key = h.key::text[] and q.version = h.version
    for update of q skip locked
  ) q
)
update ltd.queue q
set
  attempts = q.attempts + 1,
  last_error = held.error,
  leased_until = null,
  failed_at = case when q.attempts + 1 >= $5::integer then now() end,
  not_before = now()
    + least($6::float8 * 2 ^ least(q.attempts, 30), $7::float8) * (0.5 + random() / 2) * interval '1 millisecond'
from held
where q.ctid = held.place
returning q.failed_at is not null as failed
