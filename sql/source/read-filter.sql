-- The condition as Postgres writes it, and its parse tree, which has the numbers of the columns that it uses.
-- columns: condition text, tree text, columns text[] (those of the table, by number)
select
  pg_catalog.pg_get_expr(i.indpred, i.indrelid) as condition,
  i.indpred::text as tree,
  array(
    select a.attname::text
    from pg_catalog.pg_attribute a
    where a.attrelid = i.indrelid and a.attnum > 0
    order by a.attnum
  ) as columns
from pg_catalog.pg_index i
where i.indexrelid = 'pg_temp.ltd_filter_idx'::regclass
