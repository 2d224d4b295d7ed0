-- The columns of a table.
-- parameters: $1 oid of the table
-- columns: name text, type text, "keyType" text or null, collation text or null (where two texts that differ can be equal), "isText" boolean, "notNull" boolean, "isVirtual" boolean
select
  a.attname::text as name,
  pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
  ltd.key_type(a.atttypid) as "keyType",
  (
    select format('%I.%I', n.nspname, l.collname)
    from pg_catalog.pg_collation l join pg_catalog.pg_namespace n on n.oid = l.collnamespace
    where l.oid = a.attcollation and not l.collisdeterministic
  ) as collation,
  t.typcategory = 'S' as "isText",
  a.attnotnull as "notNull",
  a.attgenerated = 'v' as "isVirtual"
from pg_catalog.pg_attribute a
join pg_catalog.pg_type t on t.oid = a.atttypid
where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped
order by a.attnum
