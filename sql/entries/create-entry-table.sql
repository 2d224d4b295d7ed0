-- The table of a generation's entries: a row for each source row, no HNSW index yet (it is built after the load).
create table {{entry}} (
  {{key_columns}},
  content_hash bytea not null,
  -- null when the text is empty: such a row has no vector
  embedding {{vector}}({{dims}}),
  truncated boolean not null,
  words tsvector not null,
  updated_at timestamptz not null default now(),
  primary key ({{key_names}})
)
-- a vector of 512 dimensions is a little longer than what Postgres moves out of line by itself: twice the work for writers and readers
with (toast_tuple_target = 8160)
