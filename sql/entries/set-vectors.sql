-- Writes vectors into the column of a source table.
-- parameters: $1 … the keys, an array a key column; then the vectors as text, null for none
update {{source}} s
set {{column}} = wanted.embedding
from {{wanted}}
where {{same_key}}
