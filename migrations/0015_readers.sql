-- What a reader may see of schema ltd is what the policies of the source let him see of its rows: of entries and aliases, those of such rows.
create function ltd.hides_rows(source regclass) returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $function$
  with recursive relation (oid) as (
    select source::oid
    union
    -- what a view is made of
    select d.refobjid
    from relation r
    join pg_rewrite w on w.ev_class = r.oid
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass
  )
  select exists (select from relation r join pg_class c on c.oid = r.oid where c.relrowsecurity)
$function$;

-- Whether the role that asks may see this row of an index, and all columns of which its text is made.
create function ltd.sees(index_name text, key text[]) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
declare
  live ltd.index;
  is_seen boolean;
begin
  select i.* into live from ltd.index i where i.name = index_name and i.state = 'live';
  if not found then
    return false;
  end if;
  execute format(
    'select exists (select %s from %s s where %s)',
    (select string_agg(format('s.%I', c.name), ', ') from unnest(live.columns) as c (name)),
    live.source,
    (
      select string_agg(format('s.%I = ($1[%s])::%s', k.name, k.place, k.type), ' and ')
      from unnest(live.key_columns, live.key_types) with ordinality as k (name, type, place)
    )
  ) into is_seen using key;
  return is_seen;
exception when insufficient_privilege then
  return false;
end
$function$;

-- Who may delete works on all of them.
alter table ltd.alias enable row level security;
create policy visible on ltd.alias for select
  using ((select has_table_privilege('ltd.alias', 'delete')) or ltd.sees(index_name, key));
create policy added on ltd.alias for insert with check (true);
create policy changed on ltd.alias for update using (true);
create policy removed on ltd.alias for delete using (true);

-- With the rights of who asks.
alter view ltd.cluster_row set (security_invoker = true);
do $do$
declare
  name text;
begin
  for name in select distinct i.name from ltd.index i where to_regclass(format('ltd.%I', 'entry_' || i.name)) is not null loop
    execute format('alter view ltd.%I set (security_invoker = true)', 'entry_' || name);
  end loop;
end
$do$;
