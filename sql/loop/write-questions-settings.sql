-- Settings for writing the log: at most 2 s, and the commit does not wait for the disk.
-- columns: none that is read
select
  pg_catalog.set_config('statement_timeout', '2s', true),
  pg_catalog.set_config('synchronous_commit', 'off', true)
