-- The state of a generation, locked until the transaction ends.
-- parameters: $1 index_id integer
-- columns: state text
select state
from ltd.index
where id = $1
for share
