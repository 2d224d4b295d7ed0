-- What a new index depends on: its model, the schema of pgvector, and the next id.
-- parameters: $1 model_id text
-- columns: "nextId" integer, "modelChecksum" text, dims integer (both null when the model is not known), "vectorSchema" text
select
  (select s.last_value + s.is_called::integer from ltd.index_id_seq s)::integer as "nextId",
  m.sha256 as "modelChecksum",
  m.dims,
  n.nspname as "vectorSchema"
from pg_catalog.pg_extension e
join pg_catalog.pg_namespace n on n.oid = e.extnamespace
left join ltd.model m on m.id = $1
where e.extname = 'vector'
