-- Drops the function of a trigger.
drop function if exists {{function}}()
