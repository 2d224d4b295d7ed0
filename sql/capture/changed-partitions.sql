-- The partitions of an index's source that were attached, truncated or rewritten since they were remembered, and a null if one is gone.
-- Waits for another worker that does the same.
-- parameters: $1 index_id integer
-- columns: partition text (quoted name) or null
with remembered as materialized (
  select partitions from ltd.index where id = $1 for update
),
known as (
  select k.key, k.value
  from remembered, json_each_text(partitions::json) k
),
present as (
  select p.relid::oid::text as key, concat_ws('/', t.oid, pg_catalog.pg_relation_filenode(p.relid)) as value
  from pg_catalog.pg_partition_tree({{source}}) p
  left join pg_catalog.pg_trigger t on t.tgrelid = p.relid and t.tgname = {{trigger}}
  where p.isleaf
)
select format('%I.%I', n.nspname, c.relname) as partition
from present
left join known using (key)
join pg_catalog.pg_class c on c.oid = present.key::oid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where present.value is distinct from known.value
union all
select null
where exists (select from known left join present using (key) where present.key is null)
