-- Drops a table of a student.
drop table if exists {{table}}
