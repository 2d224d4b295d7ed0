-- Drops the entries of a generation.
drop table if exists {{entry}}
