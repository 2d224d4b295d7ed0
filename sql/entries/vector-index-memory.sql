-- Gives this transaction the memory that an index build asks for, but never less than it has.
-- parameters: $1 bytes bigint
-- columns: set_config text, what it has now
select set_config(
  'maintenance_work_mem',
  greatest(pg_size_bytes(current_setting('maintenance_work_mem')), $1::bigint) / 1024 || 'kB',
  true
)
