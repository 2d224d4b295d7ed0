-- What a generation is at this moment.
-- parameters: $1 index_id integer
-- columns: state text
select state
from ltd.index
where id = $1
