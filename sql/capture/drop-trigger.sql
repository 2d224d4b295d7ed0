-- Takes a trigger of an index away.
drop trigger if exists {{name}} on {{source}}
