-- Keeps the vectors of a source table's column in the entries of the generation that they are of.
update {{entry}} e
set embedding = s.{{column}}
from {{source}} s
where {{same_key}} and s.{{column}} is not null
