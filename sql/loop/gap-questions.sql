-- The questions of a log that were not answered, were narrow, or whose answer did not help more often than it did; the most asked first. Votes for one
-- question are those of all its askings.
-- parameters: $1 index_name text, $2 from timestamptz or null: all, $3 limit integer
-- columns: question text, asked integer, none integer, suggest integer, last timestamptz, "lastId" text,
--   against jsonb ([[key, votes], …]: rows that did not help), chosen jsonb ([[key, votes], …]: rows that voters took), total integer (questions before the limit)
with vote as materialized (
  select v.question_id, v.helped, v.chosen
  from ltd.vote v
  where v.index_name = $1
),
asked as (
  select q.id, q.asked_at, q.question, q.decision, q.key
  from ltd.question q
  where q.index_name = $1 and not q.is_hashed and ($2::timestamptz is null or q.asked_at >= $2::timestamptz)
),
voted as (
  select
    v.question,
    (
      select jsonb_agg(jsonb_build_array(to_jsonb(k.key), k.votes) order by k.votes desc, k.key)
      from (select w.key, count(*) as votes from jsonb_to_recordset(jsonb_agg(v.entry)) as w (key text[], is_against boolean) where w.is_against group by w.key) k
    ) as against,
    (
      select jsonb_agg(jsonb_build_array(to_jsonb(k.chosen), k.votes) order by k.votes desc, k.chosen)
      from (select w.chosen, count(*) as votes from jsonb_to_recordset(jsonb_agg(v.entry)) as w (chosen text[]) where w.chosen is not null group by w.chosen) k
    ) as chosen,
    count(*) filter (where v.is_against) as bad,
    count(*) filter (where not v.is_against) as good
  from (
    select a.question, w.is_against,
      jsonb_build_object('key', a.key, 'is_against', w.is_against and a.key is not null, 'chosen', t.chosen) as entry
    from asked a
    join vote t on t.question_id = a.id
    cross join lateral (select coalesce(t.chosen <> a.key, not t.helped) as is_against) w
  ) v
  group by v.question
),
grouped as (
  select
    a.question,
    count(*)::integer as asked,
    (count(*) filter (where a.decision = 'none'))::integer as none,
    (count(*) filter (where a.decision = 'suggest'))::integer as suggest,
    max(a.asked_at) as last,
    (array_agg(a.id::text order by a.asked_at desc))[1] as "lastId"
  from asked a
  group by a.question
)
select g.*, coalesce(v.against, '[]') as against, coalesce(v.chosen, '[]') as chosen, (count(*) over ())::integer as total
from grouped g
left join voted v on v.question = g.question
where g.none + g.suggest > 0 or coalesce(v.bad > v.good, false)
order by g.asked desc, g.last desc
limit $3
