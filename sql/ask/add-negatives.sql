-- Adds negative questions to rows. One that the row has already gets the new spelling of the question.
-- parameters: $1 index_name text, $2 negatives text[], $3 questions text[], $4 keys as JSON arrays of text, text[]
insert into ltd.negative (index_name, negative, question, key)
select $1, n.negative, n.question, array(select jsonb_array_elements_text(n.key::jsonb))
from unnest($2::text[], $3::text[], $4::text[]) as n (negative, question, key)
on conflict (index_name, negative, key) do update set question = excluded.question
