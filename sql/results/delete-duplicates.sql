-- Deletes the duplicates found in an index.
-- parameters: $1 index_name text
delete from ltd.duplicate
where index_name = $1
