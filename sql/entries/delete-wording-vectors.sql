-- Deletes the vectors of wordings of some rows.
-- parameters: $1 index_id integer, $2 keys text[] (array literals)
delete from ltd.wording_vector
where index_id = $1 and key in (select k.key::text[] collate "C" from unnest($2::text[]) as k (key))
