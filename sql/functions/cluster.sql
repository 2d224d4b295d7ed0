-- Groups the rows of an index by meaning and keeps the clusters under a name, as `ltd-index cluster --save`: spherical k-means by Lloyd's steps, from the best of
-- several k-means++ starts. The same seed gives the program's clusters of up to 10,000 rows. Where there are clusters of that name, rows are assigned to them.
create or replace procedure ltd.cluster(
  index_name text, k integer default null, name text default 'topics', seed bigint default 1, starts integer default 4
)
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  live constant ltd.index := ltd.live_index(index_name);
  parts constant jsonb := ltd.index_parts(live);
  checksum constant text := (select m.sha256 from ltd.model m where m.id = live.model_id);
  saved ltd.cluster_set;
  rows integer;
  state bigint := seed;
  seeds {{vector}}[];
  fitted record;
  best record;
  least_inertia double precision := 'infinity';
  new_set integer;
begin
  if ltd.is_name(name) is not true then
    raise exception '% cannot be the name of a clustering', coalesce(quote_literal(name), 'null') using errcode = 'invalid_name',
      hint = 'lower case letters, Chinese characters, digits and _, not a digit or _ first, at most 45 bytes';
  elsif k not between 1 and 10000 or seed is null or seed not between 0 and 4294967295 or starts is null or starts not between 1 and 100 then
    raise exception 'k is %, seed % and starts %, but they must be whole numbers from 1 to 10000, 0 to 4294967295 and 1 to 100', k, coalesce(seed::text, 'null'),
      coalesce(starts::text, 'null') using errcode = 'invalid_parameter_value';
  end if;
  select s.* into saved from ltd.cluster_set s where s.index_name = live.name and s.name = cluster.name;
  if found then
    if saved.model_id <> live.model_id or saved.model_sha256 <> checksum or k is not null and saved.settings -> 'k' <> to_jsonb(k) then
      raise exception 'the clustering % of % was made with k % and the model %', name, index_name, saved.settings ->> 'k', saved.model_id
        using errcode = 'object_not_in_prerequisite_state',
        hint = format('cluster again with `ltd-index cluster %s --save %s --refit`, or under another name', index_name, name);
    end if;
    perform ltd.cluster_assign(live, saved);
    return;
  end if;
  execute format(
    'create temporary table ltd_rows on commit drop as
     select row_number() over (order by %1$s) as place, %2$s as key, encode(e.content_hash, ''hex'') as hash, e.words, e.embedding::%4$s as embedding
     from %3$s e where e.embedding is not null',
    (select string_agg('e.' || n.name, ', ' order by n.place) from string_to_table(parts ->> 'key_names', ', ') with ordinality as n (name, place)),
    parts ->> 'entry_key', parts ->> 'entry', {{vector_literal}});
  get diagnostics rows = row_count;
  if k is null or k > rows then
    raise exception 'k is %, but must be from 1 to %, the rows of % with a vector', coalesce(k::text, 'null'), rows, index_name
      using errcode = 'invalid_parameter_value', hint = format('call ltd.cluster(%L, k => 20); rows get their vectors by call ltd.sync', index_name);
  end if;
  analyze pg_temp.ltd_rows;
  for start in 1 .. starts loop
    select s.state, s.seeds into state, seeds from ltd.cluster_seeds(k, state) s;
    select l.* into fitted from ltd.cluster_lloyd(seeds) l;
    if fitted.inertia < least_inertia then
      best := fitted;
      least_inertia := fitted.inertia;
    end if;
  end loop;
  create temporary table ltd_clusters on commit drop as
    select c.*, row_number() over (order by c.size desc, c.label) as id from ltd.cluster_parts(best.labels) c;
  execute ltd.filled('results/save-clustering', '{}') into new_set using index_name, name, live.model_id, checksum,
    jsonb_build_object('k', k, 'seed', seed, 'starts', starts, 'method', 'lloyd', 'cut', null),
    jsonb_build_object('rows', rows, 'k', cardinality(best.centroids), 'sweep', null, 'method', 'lloyd', 'iterations', best.iterations, 'inertia', best.inertia,
      'silhouette', (select sum(c.silhouette * c.size) / rows from pg_temp.ltd_clusters c)),
    cardinality(best.centroids) + 1, null::integer;
  if new_set is null then
    raise exception 'another run has saved a clustering % of % in between', name, index_name using errcode = 'serialization_failure', hint = 'run it again';
  end if;
  insert into ltd.cluster (set_id, id, name, words, silhouette) select new_set, c.id, null, c.words, c.silhouette from pg_temp.ltd_clusters c;
  insert into ltd.cluster_centroid (set_id, position, cluster_id, centroid)
    select new_set, c.id, c.id, best.centroids[c.label]::real[] from pg_temp.ltd_clusters c;
  insert into ltd.cluster_member (set_id, key, cluster_id, similarity, content_hash)
    select new_set, r.key collate "C", c.id, best.similarities[r.place], decode(r.hash, 'hex')
    from pg_temp.ltd_rows r join pg_temp.ltd_clusters c on c.label = best.labels[r.place];
  drop table pg_temp.ltd_rows, pg_temp.ltd_clusters;
end
$function$
