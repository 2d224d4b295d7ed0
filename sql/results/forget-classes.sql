-- Deletes the classes of rows that no longer have an entry.
delete from {{table}} c
where not exists (select from {{entry}} e where {{same_key}})
