-- Deletes the note that the table was truncated from the log of an index.
delete from {{change}}
where {{first_key}} is null
