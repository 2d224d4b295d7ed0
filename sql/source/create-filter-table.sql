-- A table without rows and with the columns of a source, on which Postgres can check a condition over them.
create temporary table ltd_filter (like {{source}}) on commit drop
