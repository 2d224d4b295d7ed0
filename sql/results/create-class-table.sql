-- The table of the classes that a classifier gives to the rows of its index: null if unsure.
create table {{table}} (
  {{key_columns}},
  label text,
  chance real not null,
  -- of the entry that was looked at
  content_hash bytea not null,
  primary key ({{key_names}})
)
