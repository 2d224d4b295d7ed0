-- The next keys of sql/shards/begin-keys.sql; none after the last.
-- columns: key text[]
fetch 10000 from shard_keys
