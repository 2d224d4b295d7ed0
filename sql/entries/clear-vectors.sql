-- Empties the column of a source table's rows that a generation has no entry of.
update {{source}} s
set {{column}} = null
where s.{{column}} is not null and not exists (select from {{entry}} e where {{same_key}})
