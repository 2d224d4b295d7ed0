-- Takes a table of a student away.
drop table if exists {{table}}
