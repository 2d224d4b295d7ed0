-- What `remove --keep` leaves of an index for `add` of the same name. Its aliases and negative questions stay where they are.
create table ltd.kept (
  index_name text collate "C" primary key,
  -- keys of aliases are of these types
  key_types text[] not null,
  -- of the live generation
  model_id text not null references ltd.model,
  generation integer not null,
  answer_threshold double precision,
  suggest_threshold double precision,
  answer_margin double precision,
  calibration jsonb,
  removed_at timestamptz not null default now()
);

create table ltd.kept_weight (
  index_name text collate "C" not null references ltd.kept on delete cascade,
  word text collate "C" not null,
  idf real not null,
  frequency bigint,
  fitted boolean not null,
  primary key (index_name, word)
);
