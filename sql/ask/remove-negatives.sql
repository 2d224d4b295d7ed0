-- Removes negative questions, from whichever rows have them.
-- parameters: $1 index_name text, $2 negatives text[], null: all
-- columns: alias text, key text[] (of those that were removed)
delete from ltd.negative
where index_name = $1 and ($2::text[] is null or negative = any ($2))
returning negative as alias, key
