-- Takes the lock of this name and number, and holds it to the end of the transaction.
-- parameters: $1 name text, $2 number bigint
-- columns: none that is read
select pg_advisory_xact_lock(hashtextextended($1::text, $2::bigint))
