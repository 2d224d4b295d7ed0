-- Holds an index for one poll; no row when it was polled less than $2 milliseconds ago. The horizon is taken before any row is read: a transaction that is
-- not finished has begun after it, or is still running.
-- parameters: $1 index_id integer, $2 milliseconds
-- columns: watermark text or null, horizon text
with held as materialized (
  select watermark, polled_at
  from ltd.index
  where id = $1
  for update
)
select
  held.watermark,
  least(clock_timestamp(), (
    select min(a.xact_start)
    from pg_catalog.pg_stat_activity a
    where a.datname = current_database() and a.pid <> pg_backend_pid()
  ))::text as horizon
from held
where held.polled_at is null or held.polled_at <= clock_timestamp() - $2::float8 * interval '1 millisecond'
