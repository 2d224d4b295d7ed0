-- Exact counts of an index's queue.
-- parameters: $1 index_id integer
-- columns: pending integer, leased integer, failed integer, "oldestSeconds" float8 or null, "lastError" text or null
select
  (count(*) filter (where failed_at is null and (leased_until is null or leased_until <= now())))::integer as pending,
  (count(*) filter (where failed_at is null and leased_until > now()))::integer as leased,
  (count(*) filter (where failed_at is not null))::integer as failed,
  extract(epoch from now() - min(queued_at) filter (where failed_at is null))::float8 as "oldestSeconds",
  (array_agg(last_error order by version desc) filter (where last_error is not null))[1] as "lastError"
from ltd.queue
where index_id = $1
