-- The memory and the processes that this transaction may build an index with.
-- columns: memory text, workers integer
select
  current_setting('maintenance_work_mem') as memory,
  current_setting('max_parallel_maintenance_workers')::integer as workers
