-- Begins to read the keys of all entries of an index in byte order, by a cursor: the rows of its table that are not yet embedded are left out.
declare shard_keys no scroll cursor for
select {{key}} collate "C" as key
from {{entries}} e
order by 1
