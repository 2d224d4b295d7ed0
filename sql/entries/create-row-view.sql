-- The rows of an index with their vectors, for plain SQL. It reads source and entries with the rights of the caller.
create view {{view}} with (security_invoker = true) as
select {{columns}}
from {{entries}} e
join {{source}} s on {{same_key}}
