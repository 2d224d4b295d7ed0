-- Stores a classifier, replacing one of this name.
-- parameters: $1 name text, $2 index_name text, $3 index_id integer, $4 method text, $5 classes text[], $6 examples jsonb, $7 options jsonb,
--   $8 owners integer[], $9 bias float8[], $10 numbers bytea, $11 scale float8, $12 nearest integer or null, $13 threshold float8, $14 report jsonb,
--   $15 lexemes text[] or null, $16 idfs float8[] or null
insert into ltd.classifier (
  name, index_name, index_id, method, classes, examples, options, owners, bias, numbers, scale, nearest, threshold, report, lexemes, idfs
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
on conflict (name) do update set
  index_name = excluded.index_name, index_id = excluded.index_id, method = excluded.method, classes = excluded.classes,
  examples = excluded.examples, options = excluded.options, owners = excluded.owners, bias = excluded.bias, numbers = excluded.numbers,
  scale = excluded.scale, nearest = excluded.nearest, threshold = excluded.threshold, report = excluded.report,
  lexemes = excluded.lexemes, idfs = excluded.idfs, trained_at = now()
