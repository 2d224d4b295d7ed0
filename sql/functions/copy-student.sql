-- Loads numbers of a student.
-- data: binary rows of the key and of as many halfvec as the table has
copy {{table}} from stdin (format binary)
