-- The rows of a clustering.
-- parameters: $1 set_id integer
-- columns: key text[], cluster integer or null, similarity float8, hash text (hexadecimal)
select key, cluster_id as cluster, similarity, encode(content_hash, 'hex') as hash
from ltd.cluster_member
where set_id = $1
