-- What is read of a source runs code of its owner: casts of its types, functions of a view or a filter. A role that can do more than the owner of
-- that code must not run it; and where all rows are wanted, row-level security must not leave some out without a word.
--
-- Holds the source as it is until the transaction ends. Called before each statement that reads a source.
create function ltd.guard(source regclass, filter text, all_rows boolean) returns void
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
  may_run_code := is_strong and (
    kind = 'v'
    or filter ~* '[.]|operator'
    or exists (
      select from pg_cast c join pg_proc p on p.oid = c.castfunc join pg_roles r on r.oid = p.proowner
      where c.castfunc >= 16384 and not r.rolsuper and r.rolname <> current_user
    )
  );
  if (all_rows or may_run_code) and kind in ('r', 'p', 'v') and has_table_privilege(source, 'select') then
    execute format('lock table %s in access share mode', source);
  end if;
  if may_run_code then
    with recursive relation (oid) as (
      select source::oid
      union
      -- what a view is made of
      select d.refobjid
      from relation r
      join pg_rewrite w on w.ev_class = r.oid
      join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass
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
      from relation r
      join pg_rewrite w on w.ev_class = r.oid
      join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_proc'::regclass
      union
      select o.oprcode
      from relation r
      join pg_rewrite w on w.ev_class = r.oid
      join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_operator'::regclass
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
    limit 1;
    if found then
      raise exception 'to read % would run % of the role % with the rights of %', source, foreign_code, foreign_owner, current_user
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

-- The functions of the triggers belong to the owners of the tables, who have no rights on what it writes.
alter function ltd.wake(text) security definer;
alter function ltd.wake(text) set search_path = pg_catalog, pg_temp;
