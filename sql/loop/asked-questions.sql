-- The different questions in the log of an index, with what they were told first; those that are hashed are left out.
-- parameters: $1 index_name text
-- columns: question text, "isAnswered" boolean
select q.question, (array_agg(q.decision order by q.asked_at))[1] = 'answer' as "isAnswered"
from ltd.question q
where q.index_name = $1 and not q.is_hashed
group by q.question
