-- Records the shape of the source of a new index.
-- parameters: $1 index_id integer
update ltd.index
set shape = ltd.shape(source, key_columns || columns || filter_columns)
where id = $1 and shape is null
