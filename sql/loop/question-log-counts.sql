-- Counts of the question log of an index.
-- parameters: $1 index_name text
-- columns: questions integer, waiting integer (in the inbox), "oldest" timestamptz, "newest" timestamptz, today integer, "droppedToday" integer,
--   dropped integer (beyond the daily limit), future integer (dated after tomorrow: a clock jumped), votes integer
select
  q.questions,
  (select count(*)::integer from ltd.question_inbox i where i.index_name = $1) as waiting,
  q.oldest,
  q.newest,
  coalesce(d.today, 0) as today,
  coalesce(d.dropped_today, 0) as "droppedToday",
  coalesce(d.dropped, 0) as dropped,
  q.future,
  (select count(*)::integer from ltd.vote v where v.index_name = $1) as votes
from (
  select
    count(*)::integer as questions,
    min(q.asked_at) as oldest,
    max(q.asked_at) as newest,
    (count(*) filter (where q.asked_at > clock_timestamp() + interval '2 days'))::integer as future
  from ltd.question q
  where q.index_name = $1
) q
cross join (
  select
    sum(d.kept) filter (where d.day = (clock_timestamp() at time zone 'utc')::date)::integer as today,
    sum(d.dropped) filter (where d.day = (clock_timestamp() at time zone 'utc')::date)::integer as dropped_today,
    sum(d.dropped)::integer as dropped
  from ltd.question_day d
  where d.index_name = $1
) d
