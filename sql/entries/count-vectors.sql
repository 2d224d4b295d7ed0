-- How many entries copy-vectors.sql will send.
-- columns: rows integer
select count(*)::integer as rows
from {{entries}} e
where e.embedding is not null and {{condition}}
