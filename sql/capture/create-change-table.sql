-- The log of the keys of changed rows, which writers of a source table append to: one row for each statement, or each changed row. A row without
-- keys says that the table was truncated. It has no index, as writers would pay for it, and workers empty it all the time.
create table {{change}} (
  at timestamptz not null default now(),
  {{key_columns}}
)
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)
