-- Lets an index see changes of its source table.
create trigger {{name}} after {{event}} on {{source}}
{{referencing}} for each {{each}} execute function {{function}}()
