-- Marks this database until the transaction ends: see sql/shards/is-held.sql.
-- parameters: $1 mark bigint
-- columns: none that is read
select pg_advisory_xact_lock($1::bigint)
