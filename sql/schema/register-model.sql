-- Records a model package, and returns the record: that of an older package if the id existed before.
-- parameters: $1 id text, $2 sha256 text, $3 dims integer, $4 max_chars integer
-- columns: sha256 text, dims integer
with added as (
  insert into ltd.model (id, sha256, dims, max_chars)
  values ($1, $2, $3, $4)
  on conflict (id) do nothing
  returning sha256, dims
)
select sha256, dims from added
union all
select sha256, dims from ltd.model where id = $1
limit 1
