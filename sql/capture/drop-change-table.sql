-- Drops the log of an index.
drop table if exists {{change}}
