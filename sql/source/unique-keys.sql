-- The sets of columns that are unique in a table, its primary key first.
-- parameters: $1 oid of the table
-- columns: "isPrimary" boolean, columns text[]
select
  i.indisprimary as "isPrimary",
  array(
    select a.attname::text
    from unnest(i.indkey::smallint[]) with ordinality as k(attnum, position)
    join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
    where k.position <= i.indnkeyatts
    order by k.position
  ) as columns
from pg_catalog.pg_index i
where i.indrelid = $1::oid
  and i.indisunique
  and i.indisvalid
  and i.indpred is null
  and i.indexprs is null
order by i.indisprimary desc, i.indexrelid
