-- Blocks TRUNCATE of a source table until the transaction ends, after waiting for a running one. Run it before
-- the first query of a transaction: a table that is truncated later is empty for every snapshot, whenever it was taken.
lock table {{source}} in access share mode
