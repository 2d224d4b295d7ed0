-- Deletes the entries of these keys.
-- parameters: $1 … the keys, an array a key column
delete from {{entry}} e
using {{wanted}}
where {{same_key}}
