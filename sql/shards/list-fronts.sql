-- The fronts, or the one of a name, each with its shards by name.
-- parameters: $1 name text or null
-- columns: name text, "deadlineMs" integer, fingerprint jsonb, shards jsonb ([{"name", "url", "index"}])
select
  f.name,
  f.deadline_ms as "deadlineMs",
  f.fingerprint,
  coalesce(
    (
      select jsonb_agg(jsonb_build_object('name', s.name, 'url', s.url, 'index', s.index_name) order by s.name)
      from ltd.shard s
      where s.front = f.name
    ),
    '[]'
  ) as shards
from ltd.front f
where $1::text is null or f.name = $1
order by f.name
