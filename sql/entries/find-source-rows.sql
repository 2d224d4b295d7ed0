-- Which of some rows exist in the source.
-- parameters: $1 … the keys, an array a key column
-- columns: key text[]
select {{key}} as key
from {{wanted}}
join {{source}} s on {{same_key}}
