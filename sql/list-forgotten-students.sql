-- Students whose tables are still there, after their record is gone.
-- columns: id integer
select distinct f.id
from (
  select substring(c.relname from '^student_(\d+)_(?:unit|hidden|output|character|word)$')::integer as id
  from pg_catalog.pg_class c
  where c.relnamespace = 'ltd'::regnamespace and c.relkind = 'r'
) f
where f.id is not null and not exists (select from ltd.student s where s.id = f.id)
order by f.id
