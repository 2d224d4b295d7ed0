-- Gives the functions of an index's triggers to the owner of its table: what they run (the casts of its types) must run with its rights, not with those
-- of the role that created the index. Does nothing if it is the same role.
do $do$
declare
  owner constant name := (select pg_get_userbyid(c.relowner) from pg_catalog.pg_class c where c.oid = {{source}}::regclass);
  may_create constant boolean := has_schema_privilege(owner, 'ltd', 'create');
  each regprocedure;
begin
  if owner = current_user then
    return;
  end if;
  execute format('grant usage on schema ltd to %I', owner);
  execute format('grant insert on %s to %I', {{change}}, owner);
  execute format('grant execute on function ltd.wake(text) to %I', owner);
  -- Postgres gives a function only to a role that could have made it
  if not may_create then
    execute format('grant create on schema ltd to %I', owner);
  end if;
  for each in
    select p.oid from pg_catalog.pg_proc p where p.pronamespace = 'ltd'::regnamespace and p.proname = any (array[{{functions}}]::text[])
  loop
    execute format('alter function %s owner to %I', each, owner);
  end loop;
  if not may_create then
    execute format('revoke create on schema ltd from %I', owner);
  end if;
end
$do$
