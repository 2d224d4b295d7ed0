-- The base words of a model.
-- parameters: $1 model_id text
-- columns: word text, frequency float8, "documentFrequency" float8, idf real
select word, frequency::float8, document_frequency::float8 as "documentFrequency", idf
from ltd.word
where model_id = $1
order by word
