-- Deletes all classes that a classifier has given.
delete from {{table}}
