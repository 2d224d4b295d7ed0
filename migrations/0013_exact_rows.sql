-- A row as JSON for JavaScript: numbers that a double cannot hold, bigint and numeric, are strings. As in the results of node-postgres.

-- The columns of a table whose values become strings: bigint, numeric, their domains and arrays.
create function ltd.exact_columns(source regclass) returns text[]
language sql stable strict parallel safe
set search_path = pg_catalog, pg_temp
as $function$
  select array(
    select a.attname::text
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    join pg_type b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end
    where a.attrelid = source and a.attnum > 0 and not a.attisdropped
      and case when b.typcategory = 'A' then b.typelem else b.oid end in ('bigint'::regtype, 'numeric'::regtype)
    order by a.attnum
  )
$function$;

-- The same row with the numbers in these columns as strings, digit by digit; null and NaN stay.
create function ltd.exact_row(given jsonb, columns text[]) returns jsonb
language sql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $function$
  select case when columns = '{}' then given else given || coalesce((
    select jsonb_object_agg(c.name, regexp_replace((given -> c.name)::text, '(-?[0-9][0-9.eE+-]*)', '"\1"', 'g')::jsonb)
    from unnest(columns) as c (name)
    where given ? c.name
  ), '{}') end
$function$;

-- The JSON that a row must contain, with what ltd.exact_row would give in these columns as the numbers that a row has.
create function ltd.exact_filter(given jsonb, columns text[]) returns jsonb
language sql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $function$
  select given || coalesce((
    select jsonb_object_agg(
      c.name, regexp_replace((given -> c.name)::text, '"(-?(0|[1-9][0-9]*)([.][0-9]+)?)"', '\1', 'g')::jsonb)
    from unnest(columns) as c (name)
    where given ? c.name
  ), '{}')
$function$;
