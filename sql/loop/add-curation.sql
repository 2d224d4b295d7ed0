-- Writes a line of the journal.
-- parameters: $1 index_name text, $2 action text, $3 done_by text or null: the role, $4 key text[] or null, $5 questions text[], $6 wordings text[],
--   $7 origin text or null
insert into ltd.curation (index_name, action, done_by, key, questions, wordings, origin)
values ($1, $2, coalesce($3, session_user), $4::text[], $5::text[], $6::text[], $7)
returning id::text as id
