-- The functions of schema ltd of a name.
-- parameters: $1 name text
-- columns: arguments text (their types)
select oidvectortypes(p.proargtypes) as arguments
from pg_catalog.pg_proc p
where p.pronamespace = 'ltd'::regnamespace and p.proname = $1
