-- Exact counts of the pending work of an index: keys that are queued, or logged and not yet queued. A truncated table, or unknown keys, count as one
-- pending key.
-- parameters: $1 index_id integer
-- columns: pending integer, leased integer, failed integer, "oldestSeconds" float8 or null, "lastError" text or null
with logged as (
  select array[{{parts}}] collate "C" as key, min(c.at) as at
  from {{change}} c
  -- a row without lists stands for itself
  left join lateral unnest({{key_lists}}) as k ({{parts}}) on true
  where c.{{first_key}} is null or c.{{first_key}} = '{}' or ({{parts}}) is not null
  group by 1
),
state as (
  select
    l.key is not null as is_logged,
    q.failed_at is not null as has_failed,
    coalesce(q.leased_until > now(), false) as is_leased,
    least(q.queued_at, l.at) as since,
    q.last_error,
    q.version
  from (select * from ltd.queue where index_id = $1) q
  full join logged l on l.key = q.key
)
select
  (count(*) filter (where is_logged or not has_failed and not is_leased))::integer as pending,
  (count(*) filter (where not is_logged and not has_failed and is_leased))::integer as leased,
  (count(*) filter (where not is_logged and has_failed))::integer as failed,
  extract(epoch from now() - min(since) filter (where is_logged or not has_failed))::float8 as "oldestSeconds",
  (array_agg(last_error order by version desc) filter (where not is_logged and last_error is not null))[1] as "lastError"
from state
