-- An index has a row a generation: one is live, one may be built beside it, one may be kept from before. Each has an id, and
-- with it triggers, queue and entries of its own, so that all of them follow the source table in the same way.
alter table ltd.index
  drop constraint index_name_key,
  add column state text not null default 'live' check (state in ('building', 'live', 'previous')),
  -- where the vectors of the live generation are when they are not in its entry table: a column of the source table
  add column vector_column text,
  -- whether that column was made for it
  add column vector_column_added boolean not null default false,
  add unique (name, generation),
  -- looked at when a statement ends, so that one statement can exchange two generations
  add unique (name, state) deferrable initially immediate;

-- The words that a generation weighs otherwise than its model does.
create table ltd.weight (
  index_id integer not null references ltd.index on delete cascade,
  word text collate "C" not null,
  idf real not null check (idf between 0 and 1000),
  -- set where segmentation would not find the word by itself
  frequency bigint check (frequency > 0),
  -- estimated from the rows, not set by somebody
  fitted boolean not null,
  primary key (index_id, word)
);

-- Entries lie in ltd.entry_<id> from now on; ltd.entry_<name> is a view of the live generation's.
do $do$
declare
  i record;
  vector_type text;
  columns text;
  old_name text;
begin
  select format('%I.vector', n.nspname) into vector_type
  from pg_extension e join pg_namespace n on n.oid = e.extnamespace
  where e.extname = 'vector';
  for i in select id, name, source::oid as source from ltd.index loop
    execute format('alter table ltd.%I rename to %I', 'entry_' || i.name, 'entry_' || i.id);
    execute format('alter index if exists ltd.%I rename to %I',
      'entry_' || i.name || '_embedding_idx', 'entry_' || i.id || '_embedding_idx');
    select string_agg(
        case a.attname when 'embedding' then format('embedding::%s as embedding', vector_type) else quote_ident(a.attname) end,
        ', ' order by a.attnum)
      into columns
    from pg_attribute a
    where a.attrelid = format('ltd.%I', 'entry_' || i.id)::regclass and a.attnum > 0 and not a.attisdropped;
    execute format('create view ltd.%I as select %s from ltd.%I', 'entry_' || i.name, columns, 'entry_' || i.id);
    for old_name in
      select t.tgname from pg_trigger t
      where t.tgrelid = i.source and starts_with(t.tgname, 'ltd_' || i.name || '_') and not t.tgisinternal
    loop
      execute format('alter trigger %I on %s rename to %I', old_name, i.source::regclass,
        'ltd_' || i.id || substr(old_name, length('ltd_' || i.name) + 1));
    end loop;
  end loop;
end
$do$;

create or replace function ltd.capture() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  index_name text;
  key_columns text[];
  mapped_columns text[];
  missing_key text;
  changed text;
  rows_of text;
  keys text;
  queued bigint;
begin
  select i.name, i.key_columns, i.columns into index_name, key_columns, mapped_columns
  from ltd.index i
  where i.id = tg_argv[0]::integer;
  if not found then
    return null;
  end if;

  if tg_op = 'TRUNCATE' then
    delete from ltd.queue q where q.index_id = tg_argv[0]::integer;
    -- not truncate: that would lock readers of the entries out until the writer commits
    execute format('delete from ltd.%I', 'entry_' || tg_argv[0]);
    return null;
  end if;

  select string_agg(format('%I', k.name), ', ') into missing_key
  from unnest(key_columns) as k(name)
  where not exists (
    select from pg_attribute a where a.attrelid = tg_relid and a.attname = k.name and not a.attisdropped
  );
  if missing_key is not null then
    raise warning 'ltd-index: changes of % are not seen by index %, as its key column is gone: %',
      tg_relid::regclass, index_name, missing_key;
    return null;
  end if;

  if tg_op = 'UPDATE' then
    -- compared as text, byte by byte: that is what is embedded, and it needs no equality operator of the type
    select string_agg(
        case when a.attname is null then 'true'
        else format('o.%1$I::text collate "C" is distinct from n.%1$I::text collate "C"', c.name) end,
        ' or ')
      into changed
    from unnest(mapped_columns) as c(name)
    left join pg_attribute a on a.attrelid = tg_relid and a.attname = c.name and not a.attisdropped;
    -- a changed key has no partner in the join: the old and the new key are queued
    select 'old_rows o full join new_rows n on ' || string_agg(format('o.%1$I = n.%1$I', k.name), ' and ')
        || ' where ' || string_agg(format('o.%1$I is null or n.%1$I is null', k.name), ' or ') || ' or ' || changed,
      string_agg(format('coalesce(n.%1$I, o.%1$I)::text', k.name), ', ' order by k.position)
      into rows_of, keys
    from unnest(key_columns) with ordinality as k(name, position);
  else
    rows_of := case tg_op when 'INSERT' then 'new_rows' else 'old_rows' end || ' r';
    select string_agg(format('r.%I::text', k.name), ', ' order by k.position) into keys
    from unnest(key_columns) with ordinality as k(name, position);
  end if;

  -- one order for all writers, so that two of them never wait for each other here
  execute format(
    'insert into ltd.queue as q (index_id, key)
     select $1, changed.key from (select distinct array[%s] collate "C" as key from %s) changed order by changed.key
     on conflict (index_id, key) do update set version = excluded.version, attempts = 0, not_before = excluded.not_before,
       leased_until = null, failed_at = null, last_error = null',
    keys, rows_of)
  using tg_argv[0]::integer;
  get diagnostics queued = row_count;
  if queued > 0 then
    perform pg_notify('ltd_queue', index_name);
  end if;
  return null;
end
$function$;
