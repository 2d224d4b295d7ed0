-- The classifiers of an index, or the one of a name, or all.
-- parameters: $1 index_name text or null, $2 name text or null
-- columns: as the type ClassifierRecord, with "numbers" bytea, "lexemes" text[] or null, "idfs" float8[] or null
select
  c.name, c.index_name as "indexName", c.index_id as "indexId", c.method, c.classes, c.examples, c.options, c.owners, c.bias, c.numbers, c.scale,
  c.lexemes, c.idfs, c.nearest, c.threshold, c.report, c.trained_at as "trainedAt"
from ltd.classifier c
where ($1::text is null or c.index_name = $1) and ($2::text is null or c.name = $2)
order by c.name
