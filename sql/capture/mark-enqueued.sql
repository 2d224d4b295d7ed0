-- Records that all rows that existed when the index was created are queued.
-- parameters: $1 index id
update ltd.index
set enqueued_at = now()
where id = $1
