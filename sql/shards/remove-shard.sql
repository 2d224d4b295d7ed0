-- Takes a shard from a front.
-- parameters: $1 front text, $2 name text
delete from ltd.shard where front = $1 and name = $2
