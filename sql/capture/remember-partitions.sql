-- Records the partitions of an index's source that hold rows. For each it records what changes when it is attached, truncated or rewritten: its
-- trigger and its file.
update ltd.index
set partitions = (
  select coalesce(json_object_agg(p.relid::oid, concat_ws('/', t.oid, pg_catalog.pg_relation_filenode(p.relid))), '{}')::text
  from pg_catalog.pg_partition_tree({{source}}) p
  left join pg_catalog.pg_trigger t on t.tgrelid = p.relid and t.tgname = {{trigger}}
  where p.isleaf
)
where id = {{id}}
