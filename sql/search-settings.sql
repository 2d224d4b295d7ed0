-- Settings of one nearest-neighbour query; they end with its transaction.
-- parameters: $1 ef_search text, $2 index_id integer
-- columns: the settings as they are now, state text (of the generation, null when it is gone)
select
  set_config('hnsw.ef_search', $1, true),
  -- goes on past ef_search until enough rows are found whose source row still exists and passes the filter, whatever it takes
  set_config('hnsw.iterative_scan', 'strict_order', true),
  set_config('hnsw.max_scan_tuples', '2147483647', true),
  set_config('hnsw.scan_mem_multiplier', '16', true),
  (select state from ltd.index where id = $2) as state
