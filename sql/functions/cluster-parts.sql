-- The words and the silhouette of each cluster of pg_temp.ltd_rows, the largest cluster first: see src/cluster/label-words.ts and silhouette.ts.
create or replace function ltd.cluster_parts(labels integer[])
returns table (label integer, size integer, words jsonb, silhouette double precision)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_column
begin
  return query with label as materialized (
    select n.label, r.place, r.embedding, r.words
    from unnest(cluster_parts.labels) with ordinality as n (label, place) join pg_temp.ltd_rows r on r.place = n.place
  ),
  cluster as materialized (
    select l.label, count(*)::integer as size, {{vector_schema}}.avg(l.embedding) as mean from label l group by l.label
  ),
  counted as materialized (
    select l.label, w.word, count(*) as rows
    from label l cross join unnest(tsvector_to_array(l.words)) as w (word)
    where w.word not like '% %' and w.word not like '"_%' and char_length(w.word) > 1 and regexp_replace(w.word, '[0-9]', '', 'g') ~ {{meaning}}
      and w.word <> all ({{stop_words}}::text[])
    group by l.label, w.word
  ),
  scored as (
    select c.label, c.word, c.rows, c.rows / sum(c.rows) over (partition by c.label)
        * ln(1 + (sum(c.rows) over () / (select count(*) from cluster)) / sum(c.rows) over (partition by c.word)) as score
    from counted c
  ),
  ranked as (
    select s.label, s.word, s.score, row_number() over (partition by s.label order by s.score desc, s.word collate "C") as place
    from scored s join cluster c on c.label = s.label
    where s.rows > 1 or c.size < 10
  ),
  distance as (
    select l.place, l.label, c.size,
      -- the row itself, at distance 0, is one of those that the mean is of
      (1 + max(l.embedding operator({{vector_schema}}.<#>) o.mean) filter (where o.label = l.label)) * c.size / nullif(c.size - 1, 0) as within,
      1 + min(l.embedding operator({{vector_schema}}.<#>) o.mean) filter (where o.label <> l.label) as other
    from label l join cluster c on c.label = l.label cross join cluster o
    group by l.place, l.label, c.size
  )
  select c.label, c.size,
    coalesce((select jsonb_agg(jsonb_build_object('word', r.word, 'score', r.score) order by r.place) from ranked r where r.label = c.label and r.place <= 8), '[]'),
    (select avg(coalesce((d.other - d.within) / nullif(greatest(d.other, d.within), 0), 0)) from distance d where d.label = c.label)
  from cluster c
  order by c.size desc, c.label;
end
$function$
