-- Forgets what was said of rows that have no entry any more.
delete from {{table}} c
where not exists (select from {{entry}} e where {{same_key}})
