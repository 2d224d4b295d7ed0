-- Adds clusters to a clustering.
-- parameters: $1 set_id integer, $2 ids integer[], $3 names text[], $4 words as JSON text[], $5 silhouettes float8[]
insert into ltd.cluster (set_id, id, name, words, silhouette)
select $1::integer, given.id, given.name, given.words::jsonb, given.silhouette
from unnest($2::integer[], $3::text[], $4::text[], $5::float8[]) as given (id, name, words, silhouette)
