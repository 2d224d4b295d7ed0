-- Clears the vector column of source rows that have no entry in a generation.
update {{source}} s
set {{column}} = null
where s.{{column}} is not null and not exists (select from {{entry}} e where {{same_key}})
