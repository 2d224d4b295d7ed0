-- The view of the live generation's entries, for people who write SQL. It reads with the rights of the caller. The type of the vectors has no length, as the
-- next generation may have another one.
create or replace view {{view}} with (security_invoker = true) as
select {{key_names}}, content_hash, {{embedding}}truncated, words, updated_at
from {{entry}}
