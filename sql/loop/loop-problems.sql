-- What is wrong with the log of an index, and with the journal.
-- parameters: $1 index_name text
-- columns: overdue integer (questions that are older than the log keeps, by two days), stuck integer (in the inbox for a day), stray integer (journal and
--   votes of indexes that are gone), unlike integer (generations of the index whose log has other settings than the live one)
select
  (
    select count(*)::integer
    from ltd.question q
    where q.index_name = $1 and q.asked_at < clock_timestamp() - make_interval(days => coalesce((i.question_log ->> 'keepDays')::integer, 0) + 2)
  ) as overdue,
  (
    select count(*)::integer
    from ltd.question_inbox b
    where b.index_name = $1 and b.asked_at < clock_timestamp() - interval '1 day'
  ) as stuck,
  (
    select count(*)::integer
    from (select c.index_name from ltd.curation c union all select v.index_name from ltd.vote v) s
    where not exists (select from ltd.index n where n.name = s.index_name)
      and not exists (select from ltd.kept k where k.index_name = s.index_name)
  ) as stray,
  (
    select count(*)::integer
    from ltd.index n
    where n.name = $1 and n.question_log is distinct from i.question_log
  ) as unlike
from ltd.index i
where i.name = $1 and i.state = 'live'
