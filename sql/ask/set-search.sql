-- Settings of the nearest-neighbour queries of a transaction: they end with it.
-- parameters: $1 ef_search text
-- columns: both settings as they are now
select
  set_config('hnsw.ef_search', $1, true) as "efSearch",
  -- goes on past ef_search until a query has as many rows as its limit
  set_config('hnsw.iterative_scan', 'strict_order', true) as "iterativeScan"
