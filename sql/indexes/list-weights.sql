-- The words whose weight in a generation differs from the model's.
-- parameters: $1 index_id integer
-- columns: word text, idf real, frequency float8 or null, fitted boolean
select word, idf, frequency::float8, fitted
from ltd.weight
where index_id = $1
order by word
