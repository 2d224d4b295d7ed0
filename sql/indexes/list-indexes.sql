-- The indexes, or the one of a name, with the present name of the source table and the schema that pgvector lives in.
-- parameters: $1 name text or null, $2 whether to list all generations, not only the live ones
-- columns: as the type IndexRecord, with "keyColumns", "keyTypes" and "keyCollations" text[] in place of its key
select
  i.id,
  i.name,
  coalesce(n.nspname, i.source_schema) as schema,
  coalesce(c.relname, i.source_table) as "table",
  c.oid is not null as "sourceExists",
  array(
    select k.name
    from unnest(i.key_columns || i.columns || i.filter_columns || i.updated_at_column) as k (name)
    where k.name is not null and c.oid is not null and not exists (
      select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = k.name and not a.attisdropped
    )
    order by 1
  ) as "missingColumns",
  array(
    select ltd.key_type(a.atttypid)
    from unnest(i.key_columns) with ordinality as k (name, position)
    left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = k.name and not a.attisdropped
    order by k.position
  ) as "keyTypesNow",
  array(
    select (
      select format('%I.%I', x.nspname, l.collname)
      from pg_catalog.pg_collation l join pg_catalog.pg_namespace x on x.oid = l.collnamespace
      where l.oid = a.attcollation and not l.collisdeterministic
    )
    from unnest(i.key_columns) with ordinality as k (name, position)
    left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = k.name and not a.attisdropped
    order by k.position
  ) as "keyCollations",
  i.capture,
  i.key_columns as "keyColumns",
  i.key_types as "keyTypes",
  i.template,
  i.columns,
  i.filter,
  i.filter_columns as "filterColumns",
  i.updated_at_column as "updatedAtColumn",
  i.model_id as "modelId",
  m.sha256 as "modelChecksum",
  m.dims,
  i.generation,
  i.state,
  i.vector_column as "vectorColumn",
  i.vector_column_added as "vectorColumnAdded",
  i.answer_threshold as "answerThreshold",
  i.suggest_threshold as "suggestThreshold",
  i.answer_margin as "answerMargin",
  i.judge_slope as "judgeSlope",
  i.judge_offset as "judgeOffset",
  i.calibration,
  i.enqueued_at as "enqueuedAt",
  i.created_at as "createdAt",
  (
    select x.nspname
    from pg_catalog.pg_extension e
    join pg_catalog.pg_namespace x on x.oid = e.extnamespace
    where e.extname = 'vector'
  ) as "vectorSchema",
  i.half_vectors as "halfVectors"
from ltd.index i
join ltd.model m on m.id = i.model_id
left join pg_catalog.pg_class c on c.oid = i.source
left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where ($1::text is null or i.name = $1) and ($2::boolean or i.state = 'live')
order by i.name, i.generation
