-- Deletes the clusterings of an index, or the one of a name.
-- parameters: $1 index_name text, $2 name text or null
delete from ltd.cluster_set
where index_name = $1 and ($2::text is null or name = $2)
