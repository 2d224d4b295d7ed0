-- Moves keys from the log of an index to its queue: each with a new version, due at once, with a fresh start.
-- parameters: $1 index_id integer, $2 rows of the log at most
-- A row with an empty list stays: it says that the keys are unknown, see look-at-all.sql.
-- columns: taken integer (rows of the log), truncated boolean (the log says that the table was truncated)
with taken as (
  delete from {{change}} c
  where c.ctid = any (array(
    select l.ctid from {{change}} l where l.{{first_key}} <> '{}' limit $2 for update skip locked
  ))
  returning c.*
),
changed as (
  select array[{{parts}}] collate "C" as key, min(t.at) as at
  from taken t, unnest({{key_lists}}) as k ({{parts}})
  -- a key that is null names no row; it can be where a source has lost its "not null"
  where ({{parts}}) is not null
  group by 1
),
queued as (
  insert into ltd.queue as q (index_id, key, queued_at)
  select $1, key, at
  from changed
  -- one order for all workers, so that two of them never wait for each other
  order by key
  on conflict (index_id, key) do update
  set
    version = excluded.version,
    attempts = 0,
    not_before = excluded.not_before,
    leased_until = null,
    failed_at = null,
    last_error = null
)
select
  (select count(*)::integer from taken) as taken,
  exists (select from {{change}} l where l.{{first_key}} is null) as truncated
