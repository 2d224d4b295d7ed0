-- Where a batch waits to be written: one a session, empty after each commit.
create temporary table if not exists ltd_stage (
  key text[] collate "C" not null,
  version bigint not null,
  action text not null,
  content_hash bytea,
  embedding {{vector}},
  truncated boolean,
  words text[]
) on commit delete rows
