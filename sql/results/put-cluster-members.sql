-- Sets the clusters of rows, replacing former ones.
-- parameters: $1 set_id integer, $2 keys as array literals text[], $3 cluster_ids integer[], $4 similarities float8[], $5 hashes as hexadecimal text[]
insert into ltd.cluster_member (set_id, key, cluster_id, similarity, content_hash)
select $1::integer, given.key::text[], given.cluster_id, given.similarity, decode(given.hash, 'hex')
from unnest($2::text[], $3::integer[], $4::float8[], $5::text[]) as given (key, cluster_id, similarity, hash)
on conflict (set_id, key) do update set
  cluster_id = excluded.cluster_id,
  similarity = excluded.similarity,
  content_hash = excluded.content_hash
