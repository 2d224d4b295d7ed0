-- The students that are installed, and the disk space of their tables with indexes.
-- columns: id integer, "modelId" text, functions text, "installedAt" timestamptz, bytes text (bigint)
select
  s.id,
  s.model_id as "modelId",
  s.functions,
  s.installed_at as "installedAt",
  (
    select coalesce(sum(pg_catalog.pg_total_relation_size(c.oid)), 0)
    from pg_catalog.pg_class c
    where c.relnamespace = 'ltd'::regnamespace and c.relkind = 'r' and starts_with(c.relname, 'student_' || s.id || '_')
  ) as bytes
from ltd.student s
order by s.id
