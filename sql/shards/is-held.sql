-- Whether another session has marked this very database: advisory locks are of one database.
-- parameters: $1 mark bigint
-- columns: held boolean
select not pg_try_advisory_xact_lock_shared($1::bigint) as held
