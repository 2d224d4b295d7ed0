-- The vector of one row, null if its text is empty. No row if it has no entry.
-- parameters: $1 … the columns of its key, each an array of one
-- columns: key text[] (as the entry has it), embedding text
select {{key}} as key, e.embedding::text as embedding
from {{entries}} e
join {{wanted}} on {{same_key}}
