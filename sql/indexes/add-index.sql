-- Records a new index.
-- parameters: $1 id integer, $2 name text, $3 source text (quoted name), $4 source_schema text, $5 source_table text, $6 key_columns text[],
--   $7 key_types text[], $8 template text, $9 columns text[], $10 model_id text, $11 capture text, $12 filter text or null,
--   $13 filter_columns text[], $14 updated_at_column text or null, $15 vector_column text or null, $16 vector_column_added boolean,
--   $17 half_vectors boolean
insert into ltd.index (
  id, name, source, source_schema, source_table, key_columns, key_types, template, columns, model_id, capture, filter, filter_columns,
  updated_at_column, vector_column, vector_column_added, half_vectors
)
overriding system value
values ($1, $2, $3::regclass, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
