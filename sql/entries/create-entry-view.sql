-- It reads with the rights of who asks. What people read who write SQL: the entries of the live generation. The type of the vectors is without a length, as the
-- next generation may have another one.
create or replace view {{view}} with (security_invoker = true) as
select {{key_names}}, content_hash, {{embedding}}truncated, words, updated_at
from {{entry}}
