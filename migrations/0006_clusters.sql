-- Clusterings that are kept: `ltd-index cluster <index> --save <name>`. They go by the name of the index and not by a generation, so that
-- the names of their clusters stay when another model takes over.
create table ltd.cluster_set (
  id integer generated always as identity primary key,
  index_name text not null,
  name text not null check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
  -- of the vectors that the centroids are of
  model_id text not null,
  model_sha256 text not null,
  -- what was asked for, and what came of it
  settings jsonb not null,
  fit jsonb not null,
  -- the next number of a cluster: none is given twice
  next_cluster integer not null check (next_cluster > 0),
  -- counts the runs, so that two at a time do not write over each other
  version integer not null default 1,
  fitted_at timestamptz not null default now(),
  assigned_at timestamptz not null default now(),
  unique (index_name, name)
);

create table ltd.cluster (
  set_id integer not null references ltd.cluster_set on delete cascade,
  id integer not null,
  -- given by somebody; null: it is called by its words
  name text,
  -- the best first, with their scores
  words jsonb not null,
  silhouette double precision not null,
  primary key (set_id, id)
);

-- One a cluster, several for one that was merged. Of unit length; centroid::vector compares with embeddings.
create table ltd.cluster_centroid (
  set_id integer not null,
  position integer not null,
  cluster_id integer not null,
  centroid real[] not null,
  primary key (set_id, position),
  foreign key (set_id, cluster_id) references ltd.cluster on delete cascade
);

create table ltd.cluster_member (
  set_id integer not null references ltd.cluster_set on delete cascade,
  key text[] collate "C" not null,
  -- null: too far from every centroid
  cluster_id integer,
  -- cosine with the centroid that is nearest
  similarity double precision not null,
  -- of the entry, when it was assigned
  content_hash bytea not null,
  primary key (set_id, key)
);

-- What SQL is written against: the cluster of each row. Join it by key = array[t.id::text], with further columns of the key behind a comma.
create view ltd.cluster_row as
select
  s.index_name,
  s.name as clustering,
  m.key,
  m.cluster_id,
  coalesce(c.name, (
    select string_agg(w.word ->> 'word', '、' order by w.place)
    from jsonb_array_elements(c.words) with ordinality as w (word, place)
    where w.place <= 3
  )) as label,
  m.similarity
from ltd.cluster_set s
join ltd.cluster_member m on m.set_id = s.id
left join ltd.cluster c on c.set_id = m.set_id and c.id = m.cluster_id;

-- Near-duplicates that were found: `ltd-index dedupe <index> --save`. A row for each that its survivor stands for.
create table ltd.duplicate (
  index_name text not null,
  key text[] collate "C" not null,
  survivor text[] collate "C" not null,
  -- cosine with the survivor
  similarity double precision not null,
  found_at timestamptz not null default now(),
  primary key (index_name, key)
);
