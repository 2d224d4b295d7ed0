-- Roles that may read all of schema ltd but are no workers: they see keys, words and errors of rows that are hidden from them.
-- columns: role text
select case when a.grantee = 0 then 'public' else pg_get_userbyid(a.grantee) end as role
from pg_catalog.pg_class c
cross join lateral aclexplode(c.relacl) a
where c.oid = 'ltd.queue'::regclass and a.grantee <> c.relowner
group by a.grantee
having bool_or(a.privilege_type = 'SELECT') and not bool_or(a.privilege_type = 'DELETE')
order by 1
