-- Takes the record of a classifier away.
-- parameters: $1 name text
delete from ltd.classifier where name = $1
