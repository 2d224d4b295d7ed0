-- Deletes the journal of an index.
-- parameters: $1 index_name text
delete from ltd.curation
where index_name = $1
