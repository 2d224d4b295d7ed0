-- Opens a cursor over the rows that have a vector, with it.
declare ltd_indexed no scroll cursor for
select
  {{key}} as key,
  e.content_hash as "contentHash",
  {{row}} as row,
  {{values}} as values,
  {{vector_schema}}.vector_send(e.embedding::{{vector_schema}}.vector) as vector
from {{entry}} e
join {{source}} s on {{same_key}}
where e.embedding is not null
