-- Some rows with their vectors; without those that have none.
-- parameters: $1 … the keys, an array a key column
-- columns: key text[], "contentHash" bytea, row text, values text[], vector bytea
select
  {{key}} as key,
  e.content_hash as "contentHash",
  {{row}} as row,
  {{values}} as values,
  {{vector_schema}}.vector_send(e.embedding::{{vector_schema}}.vector) as vector
from {{wanted}}
join {{entry}} e on {{is_wanted}}
join {{source}} s on {{same_key}}
where e.embedding is not null
