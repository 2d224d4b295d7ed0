-- The foreign table of a shard in schema ltd, as src/db/indexes/foreign-shard.ts names it: a hash where the name would be too long.
create or replace function ltd.shard_table(front text, shard text) returns text
language sql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
as $function$
  select case when octet_length(front || '.' || shard) <= 55 then front || '.' || shard
    else left(encode(sha256(convert_to(front || '.' || shard, 'UTF8')), 'hex'), 40) end
$function$
