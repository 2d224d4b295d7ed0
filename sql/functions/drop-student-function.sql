-- Takes a function of a student away.
drop function if exists {{function}}
