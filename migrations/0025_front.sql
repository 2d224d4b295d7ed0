-- A table that is split over several servers: a front says where its shards are, each an index of its own. See docs/scale.md.
-- the views of indexes of these names
drop view if exists ltd.front, ltd.shard;

create table ltd.front (
  name text collate "C" primary key check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
  -- how long a shard is waited for
  deadline_ms integer not null default 2000 check (deadline_ms between 10 and 600000),
  -- what every shard has in common: key, template, model and its checksum, weights
  fingerprint jsonb not null,
  created_at timestamptz not null default now()
);

create table ltd.shard (
  front text collate "C" not null references ltd.front (name) on delete cascade,
  name text collate "C" not null check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
  -- postgres://user@host:port/database, without a password
  url text not null,
  -- its index there
  index_name text collate "C" not null,
  added_at timestamptz not null default now(),
  primary key (front, name)
);

-- Names and addresses: whoever may ask a front needs them. Neither holds a password.
grant select on ltd.front, ltd.shard to public;
