-- Fills the stage.
-- data: binary rows of key text[], version bigint, action text (write, delete, keep), content_hash bytea, embedding vector,
--   truncated boolean, words text[]
copy pg_temp.ltd_stage (key, version, action, content_hash, embedding, truncated, words) from stdin (format binary)
