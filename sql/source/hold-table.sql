-- Keeps truncate away from a source table until the transaction ends, after waiting for one that is at work. It belongs before
-- the first query of a transaction: a table that is truncated later is empty for every snapshot, whenever it was taken.
lock table {{source}} in access share mode
