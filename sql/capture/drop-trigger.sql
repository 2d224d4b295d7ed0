-- Drops a trigger of an index.
drop trigger if exists {{name}} on {{source}}
