-- Lines of the journal of an index, the newest first.
-- parameters: $1 index_name text, $2 limit integer or null: all, $3 only those that were not undone boolean, $4 id bigint or null: any
-- columns: as the type Curation
select
  c.id::text as id,
  c.action,
  c.done_at as "doneAt",
  c.done_by as "doneBy",
  c.key,
  c.questions,
  c.wordings,
  c.origin,
  c.undone_at as "undoneAt",
  c.undone_by as "undoneBy"
from ltd.curation c
where c.index_name = $1 and (not $3::boolean or c.undone_at is null) and ($4::bigint is null or c.id = $4::bigint)
order by c.id desc
limit $2
