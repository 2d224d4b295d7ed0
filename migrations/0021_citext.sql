-- A key of a type that is text under another name, such as citext: kept and compared as text.
-- The type that keeps a key column of this type, as SQL, without modifiers; null where there is none. A domain is kept as its base type, varchar
-- and types that an implicit cast reads as text without a function as text. Other types whose operators are an extension's are none: statements
-- run with a search_path of pg_catalog alone.
create or replace function ltd.key_type(type oid) returns text
language sql stable strict parallel safe
set search_path = pg_catalog, pg_temp
as $function$
  with recursive based as (
    select t.oid, t.typtype, t.typbasetype from pg_type t where t.oid = type
    union all
    select t.oid, t.typtype, t.typbasetype from based b join pg_type t on b.typtype = 'd' and t.oid = b.typbasetype
  ), kept as (
    select
      case
        when exists (
          select from pg_cast c
          where c.castsource = b.oid and c.casttarget = 'text'::regtype and c.castmethod = 'b' and c.castcontext = 'i' and b.oid <> 'bpchar'::regtype
        ) then 'text'::regtype
        else b.oid
      end as oid,
      b.typtype
    from based b
    where b.typtype in ('b', 'e')
  )
  select case k.oid when 'bpchar'::regtype then 'bpchar' else format_type(k.oid, null) end
  from kept k
  join pg_type t on t.oid = k.oid
  where t.typcategory <> 'A'
    and (
      select count(distinct m.amname)
      from pg_opclass o
      join pg_am m on m.oid = o.opcmethod
      where m.amname in ('btree', 'hash') and o.opcdefault and o.opcnamespace = 'pg_catalog'::regnamespace
        and o.opcintype = case when k.typtype = 'e' then 'anyenum'::regtype else k.oid end
    ) = 2
$function$;
