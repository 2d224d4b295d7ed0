-- Whether the role may count the queue of an index: readers may not.
-- parameters: $1 log text (quoted name)
-- columns: may boolean
select has_table_privilege('ltd.queue', 'select') and coalesce(has_table_privilege(to_regclass($1)::oid, 'select'), true) as may
