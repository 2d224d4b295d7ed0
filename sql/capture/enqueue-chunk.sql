-- Queues the next keys of a source table, in the order of the key. Already queued keys are not changed.
-- parameters: $1 index_id integer, $2 limit integer, $3 … the key to continue after, one parameter for each column (only with {{after}})
-- columns: rows integer, key text[] (the last one); no row when there are no more keys
with chunk as materialized (
  select {{columns}}, {{key}} as queue_key
  from {{source}} s
  {{after}}
  order by {{columns}}
  limit $2
),
queued as (
  insert into ltd.queue (index_id, key)
  select $1, queue_key collate "C"
  from chunk
  order by 2
  on conflict (index_id, key) do nothing
)
select (select count(*)::integer from chunk) as rows, c.queue_key as key
from chunk c
order by {{last_first}}
limit 1
