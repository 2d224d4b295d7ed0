-- Adds the centroids of a clustering.
-- parameters: $1 set_id integer, $2 cluster_ids integer[], $3 centroids as array literals text[]
insert into ltd.cluster_centroid (set_id, position, cluster_id, centroid)
select $1::integer, given.position, given.cluster_id, given.centroid::real[]
from unnest($2::integer[], $3::text[]) with ordinality as given (cluster_id, centroid, position)
