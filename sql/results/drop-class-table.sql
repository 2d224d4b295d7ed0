-- Drops the table of a classifier's classes.
drop table if exists {{table}}
