-- Writes questions of one source into the log of their index.
-- parameters: $1 index_name text, $2 source text, $3 entries jsonb
-- columns: kept integer
select ltd.log_questions($1, $2, $3::jsonb) as kept
