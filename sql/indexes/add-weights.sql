-- Adds the weights of a generation.
-- parameters: $1 index_id integer, $2 words text[], $3 idfs real[], $4 frequencies bigint[], $5 fitted boolean[]
insert into ltd.weight (index_id, word, idf, frequency, fitted)
select $1, given.word, given.idf, given.frequency, given.fitted
from unnest($2::text[], $3::real[], $4::bigint[], $5::boolean[]) as given (word, idf, frequency, fitted)
