-- The content hashes of some keys; without those that have no entry.
-- parameters: $1 … the keys, an array a key column
-- columns: key text[], contentHash bytea
select {{key}} as key, e.content_hash as "contentHash"
from {{wanted}}
join {{entry}} e on {{same_key}}
