-- Whether an index has an entry with a vector.
-- columns: has boolean
select exists (select from {{entry}} e where e.embedding is not null) as has
