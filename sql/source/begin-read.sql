-- Before a source is read: holds it as it is until the transaction ends, and fails where reading it would run another role's code with more
-- rights than that role has.
-- parameters: $1 index_id integer, $2 boolean: also where row-level security hides rows
-- columns: none that is read
select ltd.guard(i.source, i.filter, $2::boolean)
from ltd.index i
where i.id = $1::integer
