-- Loads base words.
-- data: binary rows of model_id text, word text, frequency bigint, document_frequency bigint, idf real
copy ltd.word (model_id, word, frequency, document_frequency, idf) from stdin (format binary)
