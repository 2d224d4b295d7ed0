-- Queues failed keys again, with a new series of attempts.
-- parameters: $1 index_id integer
-- columns: retried integer
with retried as (
  update ltd.queue
  set failed_at = null, attempts = 0, not_before = now(), leased_until = null
  where index_id = $1 and failed_at is not null
  returning 1
)
select count(*)::integer as retried
from retried
