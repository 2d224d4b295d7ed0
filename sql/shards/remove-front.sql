-- Removes a front that has no shard.
-- parameters: $1 name text
delete from ltd.front f where f.name = $1 and not exists (select from ltd.shard s where s.front = f.name)
