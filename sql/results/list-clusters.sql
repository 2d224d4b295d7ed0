-- The clusters of a clustering, with a row for each centroid.
-- parameters: $1 set_id integer
-- columns: id integer, name text or null, words jsonb, silhouette float8, centroid real[]
select c.id, c.name, c.words, c.silhouette, t.centroid
from ltd.cluster c
join ltd.cluster_centroid t on t.set_id = c.set_id and t.cluster_id = c.id
where c.set_id = $1
order by t.position
