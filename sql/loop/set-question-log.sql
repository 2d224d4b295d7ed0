-- Stores the settings of the question log of an index, in every generation of it.
-- parameters: $1 index_name text, $2 question_log jsonb
update ltd.index
set question_log = $2::jsonb
where name = $1
