-- Takes the function of a trigger away.
drop function if exists {{function}}()
