-- Sets or removes the name of a cluster.
-- parameters: $1 set_id integer, $2 id integer, $3 name text or null
update ltd.cluster
set name = $3
where set_id = $1 and id = $2
