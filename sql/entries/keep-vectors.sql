-- Saves the vectors of a source table's column in the entries of their generation.
update {{entry}} e
set embedding = s.{{column}}
from {{source}} s
where {{same_key}} and s.{{column}} is not null
