-- Adds a shard to a front.
-- parameters: $1 front text, $2 name text, $3 url text, $4 index_name text
insert into ltd.shard (front, name, url, index_name) values ($1, $2, $3, $4)
