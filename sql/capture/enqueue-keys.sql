-- Queues keys as if their rows had changed.
-- parameters: $1 index_id integer, $2 keys text[] (array literals)
insert into ltd.queue as q (index_id, key)
select $1, k.key::text[] collate "C"
from unnest($2::text[]) as k(key)
order by 2
on conflict (index_id, key) do update
set
  version = excluded.version,
  attempts = 0,
  not_before = excluded.not_before,
  leased_until = null,
  failed_at = null,
  last_error = null
