-- The same for a table that is to be indexed.
-- parameters: $1 table text (quoted name)
select ltd.guard($1::regclass, null, true)
