-- Chooses up to k vectors of pg_temp.ltd_rows to start from, as src/cluster/seeding.ts: each is drawn in proportion to its squared distance from those
-- chosen so far, the best of 2 + ln k draws. Fewer where fewer are different.
create or replace function ltd.cluster_seeds(k integer, inout state bigint, out seeds {{vector}}[])
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  draws constant integer := 2 + floor(ln(k));
  number double precision;
  marks double precision[];
  candidates bigint[];
  chosen bigint;
  -- of each row to the nearest that is chosen
  distances double precision[];
  total double precision;
begin
  select d.state, d.number into state, number from ltd.random_number(state) d;
  candidates := array[1 + floor(number * (select count(*) from pg_temp.ltd_rows))::bigint];
  loop
    with measured as (
      select c.at, c.place as candidate, r.place, least(n.distance, case when m.distance < 0.00001 then 0 else m.distance end) as distance
      from unnest(candidates) with ordinality as c (place, at)
      join pg_temp.ltd_rows o on o.place = c.place
      cross join pg_temp.ltd_rows r
      cross join lateral (select 2 + 2 * (r.embedding operator({{vector_schema}}.<#>) o.embedding) as distance) m
      left join unnest(distances) with ordinality as n (distance, place) on n.place = r.place
    )
    select s.candidate, s.total, s.distances into chosen, total, distances
    from (select m.at, m.candidate, sum(m.distance) as total, array_agg(m.distance order by m.place) as distances from measured m group by 1, 2) s
    order by s.total, s.at
    limit 1;
    seeds := seeds || (select r.embedding from pg_temp.ltd_rows r where r.place = chosen);
    exit when cardinality(seeds) = k or total = 0;
    marks := '{}';
    for draw in 1 .. draws loop
      select d.state, d.number into state, number from ltd.random_number(state) d;
      marks := marks || number * total;
    end loop;
    with passed as materialized (
      select d.place, sum(d.distance) over (order by d.place) as passed from unnest(distances) with ordinality as d (distance, place) where d.distance > 0
    )
    select array_agg(coalesce((select min(p.place) from passed p where p.passed > m.mark), (select max(p.place) from passed p)) order by m.mark)
      into candidates
    from unnest(marks) as m (mark);
  end loop;
end
$function$
