-- Fills a generation with the vectors of the wordings of another one of the same model. Rows with a wording whose weights changed are embedded again.
-- parameters: $1 index_id integer (copied from), $2 index_id integer (copied to)
insert into ltd.wording_vector (index_id, key, number, is_negative, embedding)
select $2, v.key, v.number, v.is_negative, v.embedding
from ltd.wording_vector v
where v.index_id = $1
