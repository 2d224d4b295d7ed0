-- Queues the entries of a generation that were marked when it was filled.
-- parameters: $1 index_id integer
with marked as (
  update {{entry}} e
  set updated_at = now()
  where e.updated_at = '-infinity'
  returning {{key}} collate "C" as key
)
insert into ltd.queue (index_id, key)
select $1, key
from marked
order by key
on conflict (index_id, key) do nothing
