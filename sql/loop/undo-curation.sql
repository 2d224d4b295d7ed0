-- Marks a line of the journal as undone.
-- parameters: $1 id bigint, $2 undone_by text or null: the role
update ltd.curation
set undone_at = clock_timestamp(), undone_by = coalesce($2, session_user)
where id = $1::bigint and undone_at is null
