-- Takes the vectors out of a generation's entries: they stand in a column of the source table now.
update {{entry}}
set embedding = null
where embedding is not null
