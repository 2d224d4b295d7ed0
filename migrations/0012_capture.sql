-- What a source looked like when its rows were last queued: its file, and number, type and expression of each column that an index reads. No
-- trigger sees that a column took another's name, or that an ALTER TABLE wrote other values.
alter table ltd.index add column shape text;

create function ltd.shape(source regclass, columns text[]) returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $function$
  select concat_ws(
    '; ',
    case c.relkind when 'r' then pg_relation_filenode(c.oid)::text when 'v' then md5(pg_get_viewdef(c.oid)) end,
    (
      select string_agg(concat_ws(' ', a.attname, a.attnum, a.atttypid, md5(pg_get_expr(d.adbin, d.adrelid))), ', ' order by a.attname)
      from pg_attribute a
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum and a.attgenerated <> ''
      where a.attrelid = c.oid and a.attname = any (columns) and not a.attisdropped
    )
  )
  from pg_class c
  where c.oid = source
$function$;

-- Where every table is published ("for all tables"), Postgres deletes only from those whose rows it can name.
do $do$
declare
  log regclass;
begin
  for log in select c.oid from pg_class c where c.relnamespace = 'ltd'::regnamespace and c.relname ~ '^change_[0-9]+$' and c.relkind = 'r' loop
    execute format('alter table %s replica identity full', log);
  end loop;
end
$do$;
