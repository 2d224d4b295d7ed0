-- Records a new index.
-- parameters: $1 name text, $2 source text (quoted name), $3 source_schema text, $4 source_table text, $5 key_columns text[],
--   $6 key_types text[], $7 template text, $8 columns text[], $9 model_id text, $10 capture text,
--   $11 filter text or null, $12 filter_columns text[], $13 updated_at_column text or null
insert into ltd.index (name, source, source_schema, source_table, key_columns, key_types, template, columns, model_id, capture, filter, filter_columns,
  updated_at_column)
values ($1, $2::regclass, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
