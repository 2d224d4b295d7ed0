-- Takes the entries of a generation away.
drop table if exists {{entry}}
