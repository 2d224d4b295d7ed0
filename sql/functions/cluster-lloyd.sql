-- Brings k centroids to rest on the rows of pg_temp.ltd_rows, which have places from 1 on and vectors of unit length: spherical k-means, as lloyd of
-- src/cluster/k-means.ts. Gives the cluster of each row and its cosine with the centroid, and the sum of the squared distances to the means.
create or replace function ltd.cluster_lloyd(
  seeds {{vector}}[], out centroids {{vector}}[], out labels integer[], out similarities double precision[], out inertia double precision, out iterations integer
)
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  labels_before integer[];
  inertia_before double precision := 'infinity';
  empty integer;
  farthest bigint;
  is_filled boolean;
begin
  centroids := seeds;
  iterations := 0;
  loop
    labels_before := labels;
    select array_agg(n.label order by r.place), array_agg(n.similarity order by r.place) into labels, similarities
    from pg_temp.ltd_rows r
    cross join lateral (
      select c.label::integer as label, -(r.embedding operator({{vector_schema}}.<#>) c.centroid) as similarity
      from unnest(centroids) with ordinality as c (centroid, label)
      order by 2 desc, 1
      limit 1
    ) n;
    is_filled := false;
    -- a cluster that has lost all its rows gets the one that is farthest from its centroid
    for empty in select c.number from generate_series(1, cardinality(centroids)) as c (number) where c.number <> all (labels) loop
      select u.place into farthest
      from (
        select n.place, n.similarity, count(*) over (partition by n.label) as rows
        from unnest(labels, similarities) with ordinality as n (label, similarity, place)
      ) u
      where u.rows > 1
      order by u.similarity, u.place
      limit 1;
      labels[farthest] := empty;
      similarities[farthest] := 1;
      is_filled := true;
    end loop;
    select array_agg({{vector_schema}}.l2_normalize(m.mean) order by m.label), sum(m.rows * (1 + (m.mean operator({{vector_schema}}.<#>) m.mean)))
      into centroids, inertia
    from (
      select n.label, {{vector_schema}}.avg(r.embedding) as mean, count(*) as rows
      from unnest(labels) with ordinality as n (label, place) join pg_temp.ltd_rows r on r.place = n.place
      group by n.label
    ) m;
    iterations := iterations + 1;
    exit when not is_filled and (labels is not distinct from labels_before or inertia_before - inertia < 0.00001 * inertia or iterations >= 100);
    -- equal rows that are moved to and fro
    exit when iterations > 200;
    inertia_before := inertia;
  end loop;
end
$function$
