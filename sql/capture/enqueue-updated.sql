-- Queues the rows of a polled source that were changed at the watermark or later, and some before it. A transaction can be seen late, with an
-- earlier time. The first poll has no watermark and queues nothing.
-- parameters: $1 index_id integer, $2 watermark text or null, $3 horizon text
-- columns: watermark text, to continue from; null when the source is empty
with seen as materialized (
  select {{key}} collate "C" as key, s.{{updated_at}} as at
  from {{source}} s
  where $2::text is null or s.{{updated_at}} >= $2::timestamptz - interval '10 minutes'
),
queued as (
  insert into ltd.queue (index_id, key)
  select distinct $1::integer, key
  from seen
  where $2::text is not null
  order by key
  on conflict (index_id, key) do update
  set version = excluded.version, attempts = 0, not_before = excluded.not_before, leased_until = null, failed_at = null, last_error = null
)
-- a time in the future is a mistake, and must not hide what changes until then
select coalesce(
    least((max(at) filter (where at <= now() + interval '1 day'))::timestamptz, $3::timestamptz)::text,
    $2
  ) as watermark
from seen
