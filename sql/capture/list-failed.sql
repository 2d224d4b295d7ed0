-- The failed keys of an index, the latest first.
-- parameters: $1 index_id integer, $2 limit integer
-- columns: key text[], attempts integer, "queuedAt" timestamptz, "failedAt" timestamptz, error text
select
  key,
  attempts,
  queued_at as "queuedAt",
  failed_at as "failedAt",
  coalesce(last_error, '') as error
from ltd.queue
where index_id = $1 and failed_at is not null
order by failed_at desc, key
limit $2
