-- Leases due keys to one worker, the longest waiting first. Skips keys that others hold.
-- parameters: $1 index_id integer, $2 limit integer, $3 lease in ms
-- columns: key text[], version text, attempts integer
with due as materialized (
  select ctid as place
  from ltd.queue
  where index_id = $1 and failed_at is null and not_before <= now()
  order by not_before, version
  limit $2
  for update skip locked
)
update ltd.queue q
set
  leased_until = now() + $3::float8 * interval '1 millisecond',
  not_before = now() + $3::float8 * interval '1 millisecond'
-- by their place: see acknowledge.sql
where q.ctid = any (array(select place from due))
returning q.key, q.version::text as version, q.attempts
