-- Deletes negative questions of one row, if it still has them.
-- parameters: $1 index_name text, $2 questions' letters and digits text[], $3 key text[]
delete from ltd.negative
where index_name = $1 and negative = any ($2::text[]) and key = $3::text[] collate "C"
returning negative as alias
