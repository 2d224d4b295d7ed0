-- Wakes the listeners.
-- parameters: $1 channel text, $2 payload text
-- columns: none that is read
select pg_notify($1::text, $2::text)
