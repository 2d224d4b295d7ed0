-- Embeds the rows that a row of an index's log names, in the caller's transaction, and takes that row out of the log. One with more keys than the index's
-- immediate_rows stays, and so does one that names none. It waits half a second at most, less than deadlock_timeout: where a transaction holds the keys of several
-- statements and a worker wants them in another order, this is what gives way, and never the worker.
create or replace function ltd.write_logged(of_index integer, logged jsonb) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set lock_timeout = '500ms'
as $function$
declare
  live ltd.index;
  parts jsonb;
  count integer;
  seen boolean;
  keys text[];
  versions bigint[];
begin
  select i.* into live from ltd.index i where i.id = of_index and i.state = 'live';
  if not found then
    return;
  end if;
  parts := ltd.index_parts(live);
  select max(jsonb_array_length(l.list)) into count from jsonb_each(logged - 'at') as l (name, list) where jsonb_typeof(l.list) = 'array';
  if coalesce(count, 0) not between 1 and live.immediate_rows then
    return;
  end if;
  -- a row of the same keys that was logged later in this transaction goes too: its rows are written here as they are now
  execute format('with taken as (delete from %s c where c.at = ($1 ->> ''at'')::timestamptz and to_jsonb(c.*) = $1 returning 1) select exists (select from taken)',
    parts ->> 'change') into seen using logged;
  if not seen then
    return;
  end if;
  select array_agg(distinct k.key::text) into keys
  from (
    select array_agg(v.value order by c.place) as key
    from string_to_table(parts ->> 'key_names', ', ') with ordinality as c (name, place)
    cross join jsonb_array_elements_text(logged -> replace(c.name, '"', '')) with ordinality as v (value, number)
    group by v.number
  ) k
  where array_position(k.key, null) is null;
  -- From here to the commit a worker skips these keys or waits, so that none writes what the rows were before. It reads aliases after that.
  execute ltd.filled('capture/enqueue-keys', '{}') using live.id, keys;
  select array_agg(q.key::text order by q.version), array_agg(q.version order by q.version) into keys, versions
  from unnest(keys) as k (key)
  cross join lateral (select q.key, q.version from ltd.queue q where q.index_id = of_index and q.key = k.key::text[] collate "C") q;
  perform ltd.sync_rows(of_index, keys, versions, false);
end
$function$
