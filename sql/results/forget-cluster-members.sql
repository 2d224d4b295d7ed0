-- Deletes rows of a clustering.
-- parameters: $1 set_id integer, $2 keys as array literals text[]
delete from ltd.cluster_member m
using unnest($2::text[]) as gone (key)
where m.set_id = $1 and m.key = gone.key::text[]
