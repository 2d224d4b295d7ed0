-- Makes another generation the live one; the one that was live is kept as the previous one.
-- parameters: $1 index_id integer (live now), $2 index_id integer (live then), $3 the state that the second must have now
-- columns: id integer, state text
with both_as_expected as materialized (
  select count(*) = 2 as holds
  from (
    select id
    from ltd.index
    where (id, state) in (($1, 'live'), ($2, $3::text))
    order by id
    for update
  ) held
)
update ltd.index i
set state = case i.id when $1 then 'previous' else 'live' end
from both_as_expected b
where i.id in ($1, $2) and b.holds
returning i.id, i.state
