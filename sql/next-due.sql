-- How long until a key of the index is due.
-- parameters: $1 index_id integer
-- columns: "dueMs" float8, null when nothing waits
select extract(epoch from min(not_before) - now())::float8 * 1000 as "dueMs"
from ltd.queue
where index_id = $1 and failed_at is null
