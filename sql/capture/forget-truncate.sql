-- Takes from the log of an index that its table was truncated.
delete from {{change}}
where {{first_key}} is null
