-- Queues the rows of a source that have no entry and are not queued.
-- parameters: $1 index_id integer
-- columns: rows integer
with queued as (
  insert into ltd.queue (index_id, key)
  select distinct $1::integer, {{key}} collate "C"
  from {{source}} s
  where not exists (select from {{entry}} e where {{same_key}}) and ({{key_columns}}) is not null
  order by 2
  on conflict (index_id, key) do nothing
  returning 1
)
select count(*)::integer as rows
from queued
