-- Empties the base words of a model before they are loaded again.
-- parameters: $1 model_id text
delete from ltd.word
where model_id = $1
