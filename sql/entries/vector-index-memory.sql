-- Gives this transaction the memory that the HNSW graph of so many rows takes: at most 512 MB, never less than it has.
-- parameters: $1 rows integer, $2 dims integer
-- columns: set_config text, what it has now
select set_config(
  'maintenance_work_mem',
  greatest(
    pg_size_bytes(current_setting('maintenance_work_mem')),
    -- a vector, its links (m = 16 on average twice) and what the graph keeps beside them
    least($1::bigint * ($2::bigint * 4 + 1024), 512 * 1024 * 1024)
  ) / 1024 || 'kB',
  true
)
