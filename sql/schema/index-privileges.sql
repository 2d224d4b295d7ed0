-- What the current role may do with the tables of an index.
-- parameters: $1 source text (quoted name), $2 entry table text and $3 its log text (quoted names)
-- columns: "mayRead" boolean, "hasHiddenRows" boolean (row-level security may hide rows from the role), "ownsSource" boolean, "mayWork" boolean (entries, queue and log), "mayBuild" boolean (owns the entries)
select
  has_table_privilege($1, 'select') as "mayRead",
  row_security_active($1) as "hasHiddenRows",
  pg_has_role((select c.relowner from pg_catalog.pg_class c where c.oid = $1::regclass), 'usage') as "ownsSource",
  has_table_privilege($2, 'select') and has_table_privilege($2, 'insert') and has_table_privilege($2, 'delete')
    and has_table_privilege('ltd.queue', 'select') and has_table_privilege('ltd.queue', 'insert')
    and has_table_privilege('ltd.queue', 'update') and has_table_privilege('ltd.queue', 'delete')
    -- a log that is gone is told otherwise
    and coalesce(has_table_privilege(l.oid, 'select') and has_table_privilege(l.oid, 'update') and has_table_privilege(l.oid, 'delete'), true)
    as "mayWork",
  pg_has_role((select c.relowner from pg_catalog.pg_class c where c.oid = $2::regclass), 'usage') as "mayBuild"
from (select to_regclass($3)::oid as oid) l
