-- The present triggers, functions and log of an index.
-- parameters: $1 table text (quoted name), $2 index_id integer
-- columns: owner text (of the table), kind "char" (pg_class.relkind), "isPartition" boolean, "hasParent" boolean (by inheritance), children text[] (quoted names),
--   triggers jsonb (name: when it fires, pg_trigger.tgenabled: O here, R replicated changes, A both, D never), functions jsonb (name: an array of
--   owner and source), "hasLog" boolean, "hasIdentity" boolean (the log can be deleted from where all tables are published),
--   "showsHidden" boolean (row-level security hides rows of the table, and not their entries)
select
  pg_get_userbyid(c.relowner) as owner,
  c.relkind as kind,
  c.relispartition as "isPartition",
  not c.relispartition and exists (select from pg_catalog.pg_inherits h where h.inhrelid = c.oid) as "hasParent",
  array(
    select format('%I.%I', n.nspname, d.relname) from pg_catalog.pg_inherits h
    join pg_catalog.pg_class d on d.oid = h.inhrelid
    join pg_catalog.pg_namespace n on n.oid = d.relnamespace
    where h.inhparent = c.oid and c.relkind = 'r' order by 1
  ) as children,
  coalesce((
    select jsonb_object_agg(t.tgname, t.tgenabled)
    from pg_catalog.pg_trigger t
    where t.tgrelid = c.oid and starts_with(t.tgname::text, 'ltd_' || $2::integer || '_')
  ), '{}') as triggers,
  coalesce((
    select jsonb_object_agg(p.proname, jsonb_build_array(pg_get_userbyid(p.proowner), p.prosrc))
    from pg_catalog.pg_proc p
    where p.pronamespace = 'ltd'::regnamespace and starts_with(p.proname::text, 'capture_' || $2::integer || '_')
  ), '{}') as functions,
  l.oid is not null as "hasLog",
  coalesce(l.relreplident = 'f', false) as "hasIdentity",
  coalesce(ltd.hides_rows(c.oid) and not e.relrowsecurity, false) as "showsHidden"
from pg_catalog.pg_class c
left join pg_catalog.pg_class l on l.relnamespace = 'ltd'::regnamespace and l.relname = 'change_' || $2::integer
left join pg_catalog.pg_class e on e.relnamespace = 'ltd'::regnamespace and e.relname = 'entry_' || $2::integer
where c.oid = $1::text::regclass
