-- The index that keeps its vectors in a column of a table.
-- parameters: $1 source text (quoted name), $2 column text
-- columns: name text
select name
from ltd.index
where source = $1::regclass and vector_column = $2
limit 1
