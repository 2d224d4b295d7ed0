-- The memory and processes that this transaction may use to build an index.
-- columns: memory text, workers integer
select
  current_setting('maintenance_work_mem') as memory,
  current_setting('max_parallel_maintenance_workers')::integer as workers
