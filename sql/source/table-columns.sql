-- The columns of a table.
-- parameters: $1 oid of the table
-- columns: name text, type text, "isText" boolean, "notNull" boolean, "isVirtual" boolean
select
  a.attname::text as name,
  pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
  t.typcategory = 'S' as "isText",
  a.attnotnull as "notNull",
  a.attgenerated = 'v' as "isVirtual"
from pg_catalog.pg_attribute a
join pg_catalog.pg_type t on t.oid = a.atttypid
where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped
order by a.attnum
