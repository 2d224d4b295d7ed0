-- The migrations applied to the database, oldest first.
-- columns: version integer, name text, sha256 text
select version, name, sha256
from ltd.migration
order by version
