-- Queues all rows of a partition.
-- parameters: $1 index_id integer
insert into ltd.queue (index_id, key)
select $1, {{key}} collate "C"
from {{partition}} s
order by 2
on conflict (index_id, key) do update
set version = excluded.version, attempts = 0, not_before = excluded.not_before, leased_until = null, failed_at = null, last_error = null
