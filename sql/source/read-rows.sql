-- The columns of some rows of a source that its template names, as text.
-- parameters: $1 … the keys, an array a key column
-- columns: key text[], "rowKey" text[] (as the row has it: equal, but it can be another text), values text[]
select {{key}} as key, {{row_key}} as "rowKey", {{values}} as values
from {{wanted}}
join {{source}} s on {{same_key}}
