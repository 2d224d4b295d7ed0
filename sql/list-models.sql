-- The model packages that the database has seen.
-- columns: id text, sha256 text, "maxChars" integer, dims integer
select id, sha256, dims, max_chars as "maxChars"
from ltd.model
order by id
