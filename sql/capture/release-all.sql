-- Releases every leased key of an index, whoever holds it.
-- parameters: $1 index_id integer
update ltd.queue
set leased_until = null, not_before = now()
where index_id = $1 and leased_until is not null and failed_at is null
