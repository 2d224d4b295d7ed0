-- Sets how long the shards of a front are waited for.
-- parameters: $1 name text, $2 deadline_ms integer
update ltd.front set deadline_ms = $2 where name = $1
