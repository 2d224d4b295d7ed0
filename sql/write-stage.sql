-- Takes the staged keys whose version still stands from the queue, and writes or deletes the entries of just those.
-- A key that a writer holds at this moment is about to change: it is passed over, like one that has changed.
-- parameters: $1 index_id integer
-- columns: written integer, empty integer and truncated integer (of those written), deleted integer, unchanged integer
with current as materialized (
  select q.key, s.action, s.embedding is null as empty, s.truncated
  from pg_temp.ltd_stage s
  join ltd.queue q on q.index_id = $1 and q.key = s.key and q.version = s.version
  order by q.key
  for update of q skip locked
),
acknowledged as (
  delete from ltd.queue q
  using current
  where q.index_id = $1 and q.key = current.key
  returning q.key, current.action, current.empty, current.truncated
),
written as (
  insert into {{entry}} as e ({{key_names}}, content_hash, embedding, truncated, words)
  select {{staged_keys}}, s.content_hash, s.embedding, s.truncated, array_to_tsvector(s.words)
  from acknowledged a
  join pg_temp.ltd_stage s on s.key = a.key
  where a.action = 'write'
  on conflict ({{key_names}}) do update
  set
    content_hash = excluded.content_hash,
    embedding = excluded.embedding,
    truncated = excluded.truncated,
    words = excluded.words,
    updated_at = now()
),
deleted as (
  delete from {{entry}} e
  using acknowledged s
  where s.action = 'delete' and {{entry_is_staged}}
)
select
  (count(*) filter (where action = 'write'))::integer as written,
  (count(*) filter (where action = 'write' and empty))::integer as empty,
  (count(*) filter (where action = 'write' and truncated))::integer as truncated,
  (count(*) filter (where action = 'delete'))::integer as deleted,
  (count(*) filter (where action = 'keep'))::integer as unchanged
from acknowledged
