-- Takes the log of an index away.
drop table if exists {{change}}
