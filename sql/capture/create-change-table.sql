-- Where the writers of a source table log the keys of the rows that they change: a row a statement, or a row of the source. A row without
-- keys says that the table was truncated. Without an index, as writers would pay for it: workers empty it all the time.
create table {{change}} (
  at timestamptz not null default now(),
  {{key_columns}}
)
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)
