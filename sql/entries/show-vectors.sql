-- Writes the vectors of a generation into the column of its source table, where they differ.
update {{source}} s
set {{column}} = e.embedding
from {{entry}} e
where {{same_key}}
  and (s.{{column}} is not null or e.embedding is not null)
  and not coalesce(s.{{column}} operator({{vector_schema}}.=) e.embedding, false)
