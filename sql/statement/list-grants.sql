-- Who may do what with functions, tables and views of schema ltd; the owner's own rights are left out.
-- parameters: $1 names text[]
-- columns: kind text ('function', 'procedure', 'table'), name text, arguments text (types, of a function), before text and after text (of a statement that
--   says so, with kind and name between them), in the order in which they are to be run
with named as (
  select case p.prokind when 'p' then 'procedure' else 'function' end as kind, p.proname::text as name, oidvectortypes(p.proargtypes) as arguments, p.proacl as acl, p.proowner as owner
  from pg_catalog.pg_proc p
  where p.pronamespace = 'ltd'::regnamespace and p.proname = any ($1::text[])
  union all
  select 'table', c.relname, null, c.relacl, c.relowner
  from pg_catalog.pg_class c
  where c.relnamespace = 'ltd'::regnamespace and c.relname = any ($1::text[]) and c.relkind in ('r', 'v', 'f')
)
-- what everybody may do with a new function
select n.kind, n.name, n.arguments, 'revoke all on' as before, 'from public' as after, 1 as place
from named n
where n.kind <> 'table' and n.acl is not null and not exists (select from aclexplode(n.acl) a where a.grantee = 0)
union all
select
  n.kind, n.name, n.arguments, 'grant ' || a.privilege_type || ' on',
  'to ' || case when a.grantee = 0 then 'public' else quote_ident(r.rolname) end || case when a.is_grantable then ' with grant option' else '' end,
  2
from named n
cross join aclexplode(n.acl) a
left join pg_catalog.pg_roles r on r.oid = a.grantee
where a.grantee <> n.owner and (a.grantee = 0 or r.rolname is not null)
order by place
