-- Clears the vectors in a generation's entries: they are in a column of the source table now.
update {{entry}}
set embedding = null
where embedding is not null
