-- Builds the indexes of an index's entries where one is missing, nothing is queued and the role owns them. As finishLoad of src/app/keep/sync.ts.
create or replace function ltd.finish_sync(of_index integer) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  live ltd.index;
  entry constant text := format('"ltd"."entry_%s"', of_index);
  is_built constant boolean := to_regclass(format('ltd.entry_%s_embedding_idx', of_index)) is not null;
begin
  select i.* into live from ltd.index i where i.id = of_index;
  if not found or not pg_has_role((select c.relowner from pg_class c where c.oid = entry::regclass), 'usage')
    or is_built and to_regclass(format('ltd.entry_%s_words_idx', of_index)) is not null
    or exists (select from ltd.queue q where q.index_id = of_index and q.failed_at is null) then
    return;
  end if;
  -- one builder at a time: "if not exists" alone fails where two begin together
  perform pg_advisory_xact_lock(hashtextextended(format('"ltd"."entry_%s_words_idx"', of_index), 0)),
    pg_advisory_xact_lock(hashtextextended(format('"ltd"."entry_%s_embedding_idx"', of_index), 0));
  -- parallel builds of older versions of pgvector can write past a buffer, and a container may have too little shared memory for them
  set local max_parallel_maintenance_workers = 0;
  execute ltd.filled('entries/create-words-index', jsonb_build_object('name', format('"entry_%s_words_idx"', of_index), 'entry', entry));
  execute ltd.filled('entries/analyze-entries', jsonb_build_object('entry', entry));
  execute ltd.filled('entries/create-vector-index', jsonb_build_object('name', format('"entry_%s_embedding_idx"', of_index), 'table', entry,
    'column', 'embedding', 'operators', {{vector_schema_literal}} || case when live.half_vectors then '.halfvec_cosine_ops' else '.vector_cosine_ops' end));
end
$function$
