-- Drops the server of a shard with its foreign tables, if there is one.
drop server if exists {{server}} cascade
