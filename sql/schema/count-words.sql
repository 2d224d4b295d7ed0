-- How many base words a model has.
-- parameters: $1 model_id text
-- columns: words integer
select count(*)::integer as words
from ltd.word
where model_id = $1
