-- the view of an index of that name
drop view if exists ltd.classifier;

-- Classifiers of the rows of an index. The examples are kept, so that a generation with other vectors can be learned anew.
create table ltd.classifier (
  name text primary key check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
  index_name text not null,
  -- what its numbers are of: the generation of the index whose vectors it compares with
  index_id integer not null,
  method text not null check (method in ('centroid', 'neighbours', 'logistic')),
  classes text[] not null,
  -- texts and their classes, and how it was asked to learn
  examples jsonb not null,
  options jsonb not null,
  -- for each row: its class, its bias; its numbers as float4, low byte first, one row after the other
  owners integer[] not null,
  bias double precision[] not null,
  numbers bytea not null,
  scale double precision not null,
  nearest integer,
  threshold double precision not null,
  report jsonb not null,
  trained_at timestamptz not null default now()
);
