-- Removes aliases.
-- parameters: $1 index_name text, $2 aliases text[], null: all
-- columns: alias text, key text[] (of those that were removed)
delete from ltd.alias
where index_name = $1 and ($2::text[] is null or alias = any ($2))
returning alias, key
