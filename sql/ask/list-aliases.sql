-- The aliases of an index, or of one row.
-- parameters: $1 index_name text, $2 key text[] or null
-- columns: key text[], question text, alias text
select key, question, alias
from ltd.alias
where index_name = $1 and ($2::text[] is null or key = $2)
order by key, question collate "C"
