-- A domain over a domain, or over an array, of bigint or numeric: the types are followed to the last one, where 0030 looked one step.

create or replace function ltd.exact_columns(source regclass) returns text[]
language plpgsql stable strict parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $function$
begin
  -- each type is looked up by its oid: a join with pg_type would read all of it
  return array(
    select a.attname::text
    from pg_attribute a
    where a.attrelid = source and a.attnum > 0 and not a.attisdropped and exists (
      with recursive within as (
        select a.atttypid as type
        union all
        select (
          select case when t.typtype = 'd' then t.typbasetype else t.typelem end
          from pg_type t
          where t.oid = within.type and (t.typtype = 'd' or t.typcategory = 'A')
        )
        from within
        where within.type is not null
      )
      select from within where type in ('bigint'::regtype, 'numeric'::regtype)
    )
    order by a.attnum
  );
end
$function$;
