-- The content hashes of those of some keys that have an entry.
-- parameters: $1 … the keys, an array a key column
-- columns: key text[], contentHash bytea
select {{key}} as key, e.content_hash as "contentHash"
from {{wanted}}
join {{entry}} e on {{same_key}}
