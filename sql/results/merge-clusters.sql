-- Gives the centroids and rows of some clusters to another one.
-- parameters: $1 set_id integer, $2 id of the one that stays integer, $3 ids of the others integer[], $4 words jsonb, $5 silhouette float8
with moved_centroids as (
  update ltd.cluster_centroid set cluster_id = $2 where set_id = $1 and cluster_id = any ($3::integer[])
),
moved_members as (
  update ltd.cluster_member set cluster_id = $2 where set_id = $1 and cluster_id = any ($3::integer[])
)
update ltd.cluster
set words = $4::jsonb, silhouette = $5::float8
where set_id = $1 and id = $2
