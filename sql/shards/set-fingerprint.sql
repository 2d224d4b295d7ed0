-- Says which generation of its shards a front asks from now on.
-- parameters: $1 name text, $2 fingerprint jsonb
update ltd.front set fingerprint = $2::jsonb where name = $1
