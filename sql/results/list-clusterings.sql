-- The clusterings of an index, or the one of a name.
-- parameters: $1 index_name text, $2 name text or null
-- columns: as the type ClusteringRecord
select
  id,
  name,
  model_id as "modelId",
  model_sha256 as "modelChecksum",
  settings,
  fit,
  next_cluster as "nextCluster",
  version,
  fitted_at as "fittedAt",
  assigned_at as "assignedAt"
from ltd.cluster_set
where index_name = $1 and ($2::text is null or name = $2)
order by name
