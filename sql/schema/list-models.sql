-- The model packages that the database knows.
-- columns: id text, sha256 text, dims integer, "maxChars" integer
select id, sha256, dims, max_chars as "maxChars"
from ltd.model
order by id
