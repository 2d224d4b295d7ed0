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
