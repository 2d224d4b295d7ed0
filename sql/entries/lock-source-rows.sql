-- Locks some rows of a source, except those locked by another transaction.
-- parameters: $1 … the keys, an array a key column
-- columns: key text[]
select {{key}} as key
from {{wanted}}
join {{source}} s on {{same_key}}
for no key update of s skip locked
