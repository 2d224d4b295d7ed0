-- Whether all rows of an index must be queued: the shape of the source differs from the last time, keys of a change are unknown, or queuing was
-- interrupted. Records the shape of the source.
-- parameters: $1 index_id integer
-- columns: "mustLook" boolean
with unseen as (
  delete from {{change}} where {{first_key}} = '{}' returning 1
),
now as materialized (
  select i.id, i.shape as before, i.enqueued_at, ltd.shape(i.source, i.key_columns || i.columns || i.filter_columns) as shape
  from ltd.index i
  where i.id = $1
),
remembered as (
  update ltd.index i
  set
    shape = now.shape,
    enqueued_at = case when now.before <> now.shape or exists (select from unseen) then null else i.enqueued_at end
  from now
  where i.id = now.id and (i.shape is distinct from now.shape or exists (select from unseen))
  returning i.enqueued_at is null as must_look
)
select coalesce((select r.must_look from remembered r), now.enqueued_at is null) as "mustLook"
from now
