-- Adds the vectors of the wordings of rows.
-- parameters: $1 index_id integer, $2 keys text[] (array literals), $3 numbers integer[], $4 "is negative" boolean[], $5 vectors text[] (array literals)
insert into ltd.wording_vector (index_id, key, number, is_negative, embedding)
select $1, w.key::text[] collate "C", w.number, w.is_negative, w.embedding::real[]
from unnest($2::text[], $3::integer[], $4::boolean[], $5::text[]) as w (key, number, is_negative, embedding)
