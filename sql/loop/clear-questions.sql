-- Deletes the logged questions of an index, and the votes for them.
-- parameters: $1 index_name text
-- columns: questions integer, votes integer
with inbox as (
  delete from ltd.question_inbox where index_name = $1 returning id
),
logged as (
  delete from ltd.question where index_name = $1 returning id
),
voted as (
  delete from ltd.vote where index_name = $1 returning question_id
),
counted as (
  delete from ltd.question_day where index_name = $1
)
select
  ((select count(*) from inbox) + (select count(*) from logged))::integer as questions,
  (select count(*) from voted)::integer as votes
