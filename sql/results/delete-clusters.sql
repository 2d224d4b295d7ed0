-- Deletes clusters that no longer have centroids and rows.
-- parameters: $1 set_id integer, $2 ids integer[]
delete from ltd.cluster
where set_id = $1 and id = any ($2::integer[])
