-- Run before reading a source: locks its definition until the transaction ends, and fails if reading it would run another role's code with more
-- rights than that role has.
-- parameters: $1 index_id integer, $2 boolean: also fail if row-level security hides rows
-- columns: none that is read
select ltd.guard(i.source, i.filter, $2::boolean)
from ltd.index i
where i.id = $1::integer
