-- The transactions of this database that are open, without this one.
-- columns: transaction text
select distinct l.virtualtransaction as transaction
from pg_catalog.pg_locks l
join pg_catalog.pg_stat_activity a on a.pid = l.pid
where l.locktype = 'virtualxid' and a.datname = current_database() and l.pid <> pg_backend_pid()
