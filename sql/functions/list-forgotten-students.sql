-- Students whose tables still exist after their record is gone. All tables of a student are dropped together, so one stands for all.
-- columns: id integer
select f.id
from (
  select substring(c.relname from '^student_(\d+)_unit$')::integer as id
  from pg_catalog.pg_class c
  where c.relnamespace = 'ltd'::regnamespace and c.relkind = 'r'
) f
where f.id is not null and not exists (select from ltd.student s where s.id = f.id)
order by f.id
