-- Takes an index's entries away.
drop table if exists {{entry}}
