-- Whether an index of that name exists, and whether it can be used.
-- parameters: $1 name text, quoted
-- columns: valid boolean
select i.indisvalid as valid
from pg_catalog.pg_index i
where i.indexrelid = to_regclass($1)
