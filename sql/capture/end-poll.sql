-- Notes how far a polled source has been seen.
-- parameters: $1 index_id integer, $2 watermark text or null
update ltd.index
set watermark = $2, polled_at = clock_timestamp(), enqueued_at = coalesce(enqueued_at, now())
where id = $1
