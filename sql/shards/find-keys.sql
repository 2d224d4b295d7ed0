-- Those of some keys that have an entry.
-- parameters: $1 … the columns of the keys, each an array of N
-- columns: key text[]
select {{key}} as key
from {{entries}} e
join {{wanted}} on {{same_key}}
