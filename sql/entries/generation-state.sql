-- The present state of a generation.
-- parameters: $1 index_id integer
-- columns: state text
select state
from ltd.index
where id = $1
