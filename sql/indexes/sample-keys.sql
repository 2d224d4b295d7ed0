-- Up to a number of entries with a vector, drawn by the digests of their keys: the same ones for the same entries and seed.
-- parameters: $1 number integer, $2 seed text
-- columns: key text[], rank text
select e.keys as key, md5($2 || e.keys::text) as rank
from (select {{key}} as keys from {{entries}} e where e.embedding is not null) e
order by rank
limit $1
