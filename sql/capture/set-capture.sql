-- Records how an index captures changes.
-- parameters: $1 index_id integer, $2 capture text
update ltd.index
set capture = $2
where id = $1
