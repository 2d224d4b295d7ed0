-- Deletes what was kept of a removed index.
-- parameters: $1 index_name text
delete from ltd.kept
where index_name = $1
