-- Lets an index see the changes of its source table.
create trigger {{name}} after {{event}} on {{source}}
{{referencing}} for each statement execute function ltd.capture({{id}})
