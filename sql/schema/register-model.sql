-- Records a model package, in place of another of that id that no index and no installed student uses any more, and returns the record: that of the other
-- package if it is in use.
-- parameters: $1 id text, $2 sha256 text, $3 dims integer, $4 max_chars integer
-- columns: sha256 text, "isNew" boolean
with added as (
  insert into ltd.model as known (id, sha256, dims, max_chars)
  values ($1, $2, $3, $4)
  on conflict (id) do update
    set sha256 = excluded.sha256, dims = excluded.dims, max_chars = excluded.max_chars
    where known.sha256 <> excluded.sha256
      and not exists (select from ltd.index i where i.model_id = known.id)
      and not exists (select from ltd.student s where s.model_id = known.id)
  returning sha256
)
select sha256, true as "isNew" from added
union all
select sha256, false from ltd.model where id = $1
limit 1
