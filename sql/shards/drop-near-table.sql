-- Drops a foreign table of a shard.
drop foreign table if exists {{table}}
