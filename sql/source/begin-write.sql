-- Run before updating a source: fails if its triggers, defaults or constraints would run another role's code with more rights than that role has.
-- parameters: $1 index_id integer
-- columns: none that is read
select ltd.guard(i.source, i.filter, false, true)
from ltd.index i
where i.id = $1::integer
