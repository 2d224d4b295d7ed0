-- Gives the rows of an index that are new to a clustering, or changed, to its nearest cluster, and forgets those that are gone, as assignRows of
-- src/app/cluster/run.ts.
create or replace function ltd.cluster_assign(live ltd.index, saved ltd.cluster_set) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  parts constant jsonb := ltd.index_parts(live);
  version integer;
  keys text[];
  clusters integer[];
  similarities double precision[];
  hashes text[];
begin
  execute ltd.filled('results/count-clustering-run', '{}') into version using saved.id, saved.version;
  if version is null then
    raise exception 'another run has changed the clustering % of % in between', saved.name, live.name using errcode = 'serialization_failure', hint = 'run it again';
  end if;
  execute format(
    'select coalesce(array_agg(a.key::text), ''{}''), array_agg(case when $2 is null or a.similarity >= $2 then a.cluster_id end), array_agg(a.similarity), array_agg(a.hash)
     from (
       select %1$s as key, encode(e.content_hash, ''hex'') as hash, n.cluster_id, n.similarity
       from %2$s e
       cross join lateral (
         select c.cluster_id, -(e.embedding operator({{vector_schema}}.<#>) c.centroid::{{vector}}) as similarity
         from ltd.cluster_centroid c where c.set_id = $1 order by 2 desc, c.position limit 1
       ) n
       where e.embedding is not null and not exists (
         select from ltd.cluster_member m where m.set_id = $1 and m.key = %1$s collate "C" and m.content_hash = e.content_hash)
     ) a', parts ->> 'entry_key', parts ->> 'entry')
    into keys, clusters, similarities, hashes using saved.id, (saved.settings ->> 'cut')::double precision;
  execute ltd.filled('results/put-cluster-members', '{}') using saved.id, keys, clusters, similarities, hashes;
  execute format('delete from ltd.cluster_member m where m.set_id = $1 and not exists (select from %2$s e where e.embedding is not null and %1$s = m.key collate "C")',
    parts ->> 'entry_key', parts ->> 'entry') using saved.id;
end
$function$
