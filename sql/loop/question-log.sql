-- The settings of the question log of an index.
-- parameters: $1 index_name text
-- columns: log jsonb or null
select i.question_log as log
from ltd.index i
where i.name = $1 and i.state = 'live'
