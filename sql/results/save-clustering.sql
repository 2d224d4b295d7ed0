-- Creates a clustering, or replaces one if no other run has changed it in between; its clusters and rows are deleted.
-- parameters: $1 index_name text, $2 name text, $3 model_id text, $4 model_sha256 text, $5 settings jsonb, $6 fit jsonb, $7 next_cluster integer,
--   $8 version integer that must still stand, or null: there must be none
-- columns: id integer; no row if it was changed in between
with saved as (
  insert into ltd.cluster_set as s (index_name, name, model_id, model_sha256, settings, fit, next_cluster)
  values ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7)
  on conflict (index_name, name) do update set
    model_id = excluded.model_id,
    model_sha256 = excluded.model_sha256,
    settings = excluded.settings,
    fit = excluded.fit,
    next_cluster = excluded.next_cluster,
    version = s.version + 1,
    fitted_at = now(),
    assigned_at = now()
  where s.version = $8::integer
  returning id
),
emptied as (
  delete from ltd.cluster c using saved where c.set_id = saved.id
),
forgotten as (
  delete from ltd.cluster_member m using saved where m.set_id = saved.id
)
select id from saved
