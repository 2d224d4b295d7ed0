-- The votes for questions and rows: positive if a row helped or was chosen, negative if it did not help.
-- parameters: $1 index_name text
-- columns: question text, key text[], score integer
select v.question, v.key, sum(v.score)::integer as score
from (
  select q.question, q.key, case when coalesce(t.chosen = q.key, t.helped) then 1 else -1 end as score
  from ltd.vote t
  join ltd.question q on q.id = t.question_id
  where t.index_name = $1 and not q.is_hashed and q.key is not null
  union all
  select q.question, t.chosen, 1
  from ltd.vote t
  join ltd.question q on q.id = t.question_id
  where t.index_name = $1 and not q.is_hashed and t.chosen is distinct from q.key and t.chosen is not null
) v
group by v.question, v.key
having sum(v.score) <> 0
order by v.question, v.key
