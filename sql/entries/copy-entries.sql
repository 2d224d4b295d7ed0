-- Adds entries.
-- data: binary rows of the key's columns, content_hash bytea, embedding vector or null, truncated boolean, words tsvector
copy {{entry}} ({{key_names}}, content_hash, embedding, truncated, words) from stdin (format binary)
