-- Different questions in the log of an index; those that are hashed are not counted.
-- parameters: $1 index_name text
-- columns: asked integer
select count(distinct q.question)::integer as asked
from ltd.question q
where q.index_name = $1 and not q.is_hashed
