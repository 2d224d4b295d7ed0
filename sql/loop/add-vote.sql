-- Records whether the answer to a logged question helped.
-- parameters: $1 question_id uuid, $2 helped boolean, $3 chosen text[] or null, $4 voter text
-- columns: none that is read
select ltd.feedback($1::uuid, $2::boolean, $3::text[], $4::text)
