create schema ltd;

comment on schema ltd is 'semantic indexes of the program ltd-index';

create table ltd.migration (
  version integer primary key,
  name text not null,
  sha256 text not null,
  applied_at timestamptz not null default now()
);

create table ltd.model (
  id text primary key,
  sha256 text not null,
  -- pgvector builds an HNSW index of at most 2,000 dimensions
  dims integer not null check (dims between 1 and 2000),
  max_chars integer not null check (max_chars > 0),
  installed_at timestamptz not null default now()
);

create table ltd.word (
  model_id text not null references ltd.model,
  -- "C": compared byte by byte, so that no update of the server's collations can damage the key
  word text collate "C" not null,
  frequency bigint not null check (frequency >= 0),
  document_frequency bigint not null check (document_frequency >= 0),
  idf real not null,
  primary key (model_id, word)
);

create table ltd.index (
  id integer generated always as identity primary key,
  name text not null unique check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
  -- the table as an object, so that a renamed table keeps its index; the names are for messages when it is gone
  source regclass not null,
  source_schema text not null,
  source_table text not null,
  key_columns text[] not null check (cardinality(key_columns) > 0),
  key_types text[] not null check (cardinality(key_types) = cardinality(key_columns)),
  template text not null,
  columns text[] not null check (cardinality(columns) > 0),
  model_id text not null references ltd.model,
  generation integer not null default 1 check (generation > 0),
  answer_threshold double precision,
  suggest_threshold double precision,
  -- null until every row that existed at creation has been queued
  enqueued_at timestamptz,
  created_at timestamptz not null default now()
);

-- versions come from one sequence, so that a key that is queued again after a truncate never looks like its former self
create sequence ltd.queue_version as bigint;

-- Keys that may have changed; the worker reads the row's truth. index_id has no foreign key: its check, a row at a time,
-- would be paid by everyone who writes to a source table.
create table ltd.queue (
  index_id integer not null,
  key text[] collate "C" not null,
  version bigint not null default nextval('ltd.queue_version'),
  attempts integer not null default 0,
  queued_at timestamptz not null default now(),
  -- when a worker may take it: a claim moves it to the end of the lease, a failure to the end of the pause
  not_before timestamptz not null default now(),
  leased_until timestamptz,
  failed_at timestamptz,
  last_error text,
  primary key (index_id, key)
);

create index queue_due on ltd.queue (index_id, not_before, version) where failed_at is null;

-- Fired by each statement that writes to a source table, inside the writer's transaction; its argument is the index's id.
-- It runs with its owner's rights, so that writers need none on schema ltd, and it never fails because of a column that
-- was renamed or dropped: that is reported by the worker instead.
create function ltd.capture() returns trigger
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
    execute format('delete from ltd.%I', 'entry_' || index_name);
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

-- who may attach it to a table could queue and delete in other people's indexes
revoke all on function ltd.capture() from public;
