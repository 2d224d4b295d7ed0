-- Lets the next worker embed these keys again, whatever their text.
-- parameters: $1 … the keys, an array a key column
update {{entry}} e
set content_hash = ''
from {{wanted}}
where {{same_key}}
