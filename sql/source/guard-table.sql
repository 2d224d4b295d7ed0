-- The same for a table that is to be indexed.
-- parameters: $1 table text (quoted name)
-- columns: none that is read
select ltd.guard($1::regclass, null, true)
