-- Whether the name of an index's view of rows is taken in schema ltd, and the columns of its source.
-- parameters: $1 name text, $2 source table regclass
-- columns: "isTaken" boolean (by something else), "isThere" boolean (the view), columns text[]
select
  c.oid is not null and not is_ours.value as "isTaken",
  is_ours.value as "isThere",
  array(
    select a.attname::text
    from pg_catalog.pg_attribute a
    where a.attrelid = $2::text::regclass and a.attnum > 0 and not a.attisdropped
    order by a.attnum
  ) as columns
from (select 1) as one
left join pg_catalog.pg_class c on c.relnamespace = 'ltd'::regnamespace and c.relname = $1
cross join lateral (
  select coalesce(starts_with(pg_catalog.obj_description(c.oid, 'pg_class'), 'rows of the index '), false) as value
) is_ours
