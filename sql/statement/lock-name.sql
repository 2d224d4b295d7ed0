-- Takes the advisory lock of this name and number until the end of the transaction.
-- parameters: $1 name text, $2 number bigint
-- columns: none that is read
select pg_advisory_xact_lock(hashtextextended($1::text, $2::bigint))
