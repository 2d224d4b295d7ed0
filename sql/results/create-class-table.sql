-- The table of what a classifier says of the rows of its index: null where it cannot tell.
create table {{table}} (
  {{key_columns}},
  label text,
  chance real not null,
  -- of the entry that was looked at
  content_hash bytea not null,
  primary key ({{key_names}})
)
