-- Deletes an index and its queue.
-- parameters: $1 id integer
with emptied as (
  delete from ltd.queue where index_id = $1
)
delete from ltd.index
where id = $1
