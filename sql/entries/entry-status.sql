-- Exact counts of an index's entries.
-- columns: entries integer, indexed integer (with a vector), empty integer, truncated integer
select
  count(*)::integer as entries,
  count(embedding)::integer as indexed,
  (count(*) filter (where embedding is null))::integer as empty,
  (count(*) filter (where truncated))::integer as truncated
from {{entry}} e
