-- Reading a table also runs constant expressions of its indexes, statistics, constraints, partition keys and policies, with the rights of who reads:
-- Postgres evaluates them when it plans. An update of it, as where the vectors are in a column, runs its triggers, defaults and generated columns.
-- ltd.guard looks for functions of another role in all of them.
drop function ltd.guard(regclass, text, boolean);
create function ltd.guard(source regclass, filter text, all_rows boolean, writes boolean default false) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  kind "char";
  is_strong boolean;
  may_run_code boolean;
  foreign_code text;
  foreign_owner name;
  row_security_before constant text := current_setting('row_security');
begin
  select c.relkind into kind from pg_class c where c.oid = source;
  if not found then
    return;
  end if;
  -- workers and readers of docs/roles.md can do nothing that is worth a trap
  select r.rolsuper or r.rolcreaterole or r.rolbypassrls or r.rolreplication
      or exists (select from pg_auth_members m where m.member = r.oid)
      or r.oid = (select n.nspowner from pg_namespace n where n.nspname = 'ltd')
    into is_strong
  from pg_roles r
  where r.rolname = current_user;
  -- what it could be: our own functions of triggers run with their owners' rights
  may_run_code := is_strong and exists (
    select from pg_proc p join pg_roles r on r.oid = p.proowner
    where p.oid >= 16384 and not r.rolsuper and r.rolname <> current_user
      and p.pronamespace <> (select n.oid from pg_namespace n where n.nspname = 'ltd')
  );
  if (all_rows or may_run_code) and kind in ('r', 'p', 'v') and has_table_privilege(source, 'select') then
    execute format('lock table %s in access share mode', source);
  end if;
  if may_run_code then
    with recursive relation (oid) as (
      select source::oid
      union
      select of.oid
      from relation r
      cross join lateral (
        -- what a view is made of
        select d.refobjid
        from pg_rewrite w
        join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass
        where w.ev_class = r.oid
        union all
        -- partitions and children
        select h.inhrelid from pg_inherits h where h.inhparent = r.oid
      ) as of (oid)
    ),
    -- what belongs to a relation and holds expressions: the planner evaluates those that are constant, also of an index that it does not use
    part (class, oid) as (
      select 'pg_class'::regclass, r.oid from relation r
      union all
      select 'pg_rewrite'::regclass, w.oid from relation r join pg_rewrite w on w.ev_class = r.oid
      union all
      select 'pg_class'::regclass, i.indexrelid from relation r join pg_index i on i.indrelid = r.oid
      union all
      select 'pg_statistic_ext'::regclass, s.oid from relation r join pg_statistic_ext s on s.stxrelid = r.oid
      union all
      select 'pg_constraint'::regclass, c.oid from relation r join pg_constraint c on c.conrelid = r.oid
      union all
      select 'pg_policy'::regclass, p.oid from relation r join pg_policy p on p.polrelid = r.oid
      where not all_rows and (kind = 'v' or row_security_active(source))
      union all
      -- what an update runs
      select 'pg_trigger'::regclass, t.oid from relation r join pg_trigger t on t.tgrelid = r.oid
      where writes and not t.tgisinternal
      union all
      select 'pg_attrdef'::regclass, a.oid from relation r join pg_attrdef a on a.adrelid = r.oid
      where writes
    ),
    type (oid) as (
      select a.atttypid from relation r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
      union
      select part.oid
      from type t
      join pg_type y on y.oid = t.oid
      cross join lateral (
        select y.typbasetype
        union all
        select y.typelem
        union all
        select a.atttypid from pg_attribute a where a.attrelid = y.typrelid and a.attnum > 0 and not a.attisdropped
      ) as part (oid)
      where part.oid <> 0
    ),
    -- the qualified names of the filter: those without a schema are Postgres' own
    named (parts) as (
      select parse_ident(m.token[1])
      from regexp_matches(filter, '(?:''(?:[^'']|'''')*''|((?:"(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)\.(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_$]*))|"(?:[^"]|"")+")', 'g')
        as m (token)
      where m.token[1] is not null
    ),
    called (oid) as (
      select c.castfunc from pg_cast c join type t on t.oid = c.castsource
      union
      select d.refobjid
      from part p
      join pg_depend d on d.classid = p.class and d.objid = p.oid and d.refclassid = 'pg_proc'::regclass
      union
      select o.oprcode
      from part p
      join pg_depend d on d.classid = p.class and d.objid = p.oid and d.refclassid = 'pg_operator'::regclass
      join pg_operator o on o.oid = d.refobjid
      union
      select p.oid
      from named n
      join pg_namespace s on s.nspname = n.parts[1]
      join pg_proc p on p.pronamespace = s.oid and p.proname = n.parts[2]
      union
      select c.castfunc
      from named n
      join pg_namespace s on s.nspname = n.parts[1]
      join pg_type y on y.typnamespace = s.oid and y.typname = n.parts[2]
      join pg_cast c on y.oid in (c.castsource, c.casttarget)
      union
      select o.oprcode
      from regexp_matches(filter, 'operator\(("(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)\.', 'gi') as m (token)
      join pg_namespace s on s.nspname = (parse_ident(m.token[1]))[1]
      join pg_operator o on o.oprnamespace = s.oid
    )
    select p.oid::regprocedure::text, r.rolname
      into foreign_code, foreign_owner
    from called c
    join pg_proc p on p.oid = c.oid
    join pg_roles r on r.oid = p.proowner
    where r.rolname <> current_user and not r.rolsuper
      and p.pronamespace <> (select n.oid from pg_namespace n where n.nspname = 'ltd')
    limit 1;
    if found then
      raise exception 'to % % would run % of the role % with the rights of %',
        case when writes then 'write to' else 'read' end, source, foreign_code, foreign_owner, current_user
        using errcode = 'LTD02',
          hint = 'let a role do it that has no further rights, as the worker and the reader of docs/roles.md, or the role ' || foreign_owner || ' itself';
    end if;
  end if;
  if all_rows and has_any_column_privilege(source, 'select') then
    begin
      perform set_config('row_security', 'off', true);
      -- no row is read: Postgres refuses it where a policy could hide one
      execute format('select from %s where false', source);
    exception when insufficient_privilege then
      raise exception 'row-level security hides rows of % from the role %', source, current_user
        using errcode = 'LTD01',
          hint = format('an index is of all rows: alter role %I bypassrls, or let the owner of the table do it', current_user)
            || case when (select c.relforcerowsecurity from pg_class c where c.oid = source) then
              format(', without force: alter table %s no force row level security', source) else '' end;
    end;
    perform set_config('row_security', row_security_before, true);
  end if;
end
$function$;
