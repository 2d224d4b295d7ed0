-- Lets the next sync queue all rows of an index again.
-- parameters: $1 index id
update ltd.index
set enqueued_at = null
where id = $1
