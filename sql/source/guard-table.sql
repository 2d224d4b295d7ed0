-- As begin-read.sql, for a table that is not indexed yet.
-- parameters: $1 table text (quoted name)
-- columns: none that is read
select ltd.guard($1::regclass, null, true)
