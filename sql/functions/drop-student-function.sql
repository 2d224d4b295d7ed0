-- Drops a function of a student.
drop function if exists {{function}}
