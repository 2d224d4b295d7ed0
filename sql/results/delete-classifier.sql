-- Deletes the record of a classifier.
-- parameters: $1 name text
delete from ltd.classifier where name = $1
