-- The rows of an index with their vectors, for plain SQL. It reads with the rights of who asks, on the source as on the entries.
create view {{view}} with (security_invoker = true) as
select {{columns}}
from {{entries}} e
join {{source}} s on {{same_key}}
