-- A relation, and whether it can be a source.
-- parameters: $1 oid of the relation, text
-- columns: oid text, schema text, "table" text, kind "char" (pg_class.relkind), persistence "char", "isPartition" boolean, inherits boolean
select
  c.oid::text as oid,
  n.nspname as schema,
  c.relname as "table",
  c.relkind as kind,
  c.relpersistence as persistence,
  c.relispartition as "isPartition",
  exists (select from pg_catalog.pg_inherits h where c.oid in (h.inhrelid, h.inhparent)) as inherits
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.oid = $1::text::oid
