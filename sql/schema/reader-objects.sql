-- The objects of schema ltd that a reader of an index needs.
-- parameters: $1 index name text
-- columns: name text
select c.relname::text as name
from pg_catalog.pg_class c
where c.relnamespace = 'ltd'::regnamespace
  and c.relkind in ('r', 'v')
  and (
    c.relname in ('migration', 'model', 'index', 'weight', 'word', 'alias', 'negative', 'wording_vector', 'student')
    -- the numbers of the models that are installed, of which nothing of a row can be read
    or c.relname ~ '^student_[0-9]+_'
    or c.relname = 'entry_' || $1
    -- what a front reads
    or c.relname in ($1 || '.rows', $1 || '.aliases')
    or c.relname in (select 'entry_' || i.id from ltd.index i where i.name = $1)
    or c.relname = $1 and starts_with(pg_catalog.obj_description(c.oid, 'pg_class'), 'rows of the index ')
  )
order by 1
