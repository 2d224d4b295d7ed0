-- The table that teaches itself: what people ask, whether the answer helped, and what curators made of it. See docs/loop.md.
-- the views of indexes of these names
drop view if exists ltd.question_inbox, ltd.question, ltd.question_day, ltd.vote, ltd.curation;

-- What the question log of an index keeps; null: it was never on. Every generation of an index has the same.
alter table ltd.index add column question_log jsonb;

-- One partition for each day (UTC), made when its first question is filed.
create table ltd.question (
  id uuid not null,
  asked_at timestamptz not null,
  index_name text collate "C" not null,
  -- masked, or a hash
  question text not null,
  is_hashed boolean not null,
  decision text not null,
  chance double precision,
  -- of the first row; null where there was none
  key text[] collate "C",
  similarity double precision,
  -- library, cli, serve or sql
  source text not null
) partition by range (asked_at);
create index question_id_idx on ltd.question (id);
create index question_index_idx on ltd.question (index_name, asked_at);

-- Where a question arrives. Unlogged, so that the transaction of a question writes no WAL and its commit waits for no disk; `ltd.file_questions` moves
-- the questions on. What a crash of the server finds here is lost.
create unlogged table ltd.question_inbox (like ltd.question);

-- Questions of an index and day: those that were kept, and those beyond its bound. The name '' says on which days the log was tended.
create table ltd.question_day (
  index_name text collate "C" not null,
  day date not null,
  kept integer not null default 0,
  dropped integer not null default 0,
  primary key (index_name, day)
);

-- Whether an answer helped. One vote a voter and question.
create table ltd.vote (
  question_id uuid not null,
  voter text collate "C" not null,
  index_name text collate "C" not null,
  helped boolean not null,
  -- the row that the voter took instead, or as well
  chosen text[] collate "C",
  voted_at timestamptz not null default now(),
  primary key (question_id, voter)
);
create index vote_voter_idx on ltd.vote (voter, voted_at);

-- The journal: what a curator did, from what, and whether it was undone. Rows are never deleted but with their index.
create table ltd.curation (
  id bigint generated always as identity primary key,
  index_name text collate "C" not null,
  -- accept: the questions are further wordings of the row; reject: negative questions of it; draft: of a row that somebody should write;
  -- dismiss: no row should answer them
  action text not null check (action in ('accept', 'reject', 'draft', 'dismiss')),
  done_at timestamptz not null default now(),
  done_by text not null,
  key text[] collate "C",
  -- as they were given, and their letters and digits: N each
  questions text[] not null,
  wordings text[] collate "C" not null,
  -- where they came from: gaps, feedback, or null: they were typed
  origin text,
  undone_at timestamptz,
  undone_by text,
  check ((action in ('accept', 'reject')) = (key is not null)),
  check ((undone_at is null) = (undone_by is null)),
  check (cardinality(questions) > 0 and cardinality(questions) = cardinality(wordings))
);
create index curation_index_idx on ltd.curation (index_name, id);

-- A question without what its log must not keep: phone numbers and ID numbers, of Chinese digits' widths too; every run of digits.
create function ltd.masked(question text, mask text[]) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $function$
begin
  if 'emails' = any (mask) then
    question := regexp_replace(question, '[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+', '***', 'g');
  end if;
  if 'ids' = any (mask) then
    question := regexp_replace(question, '(?<![0-9０-９])([0-9０-９]{17}[0-9０-９XxＸｘ]|[0-9０-９]{15})(?![0-9０-９])', '***', 'g');
  end if;
  if 'phones' = any (mask) then
    question := regexp_replace(
      question,
      '(?<![0-9０-９])((\+|00)?86[- ]?)?([1１][3-9３-９][0-9０-９]([- ]?[0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[- ]?[0-9０-９]{7,8})(?![0-9０-９])',
      '***', 'g');
  end if;
  if 'digits' = any (mask) then
    question := regexp_replace(question, '[0-9０-９]+', '***', 'g');
  end if;
  return question;
end
$function$;

-- Puts a question into the inbox of the log, where its index has one that is on. Never fails: a question that cannot be logged is answered all the same.
-- Returns the id, or null where nothing was kept.
create function ltd.log_question(
  id uuid, index_name text, question text, bare text, decision text, chance double precision, key text[], similarity double precision,
  source text, age_seconds double precision default 0
) returns uuid
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  log jsonb;
  is_hashed boolean;
begin
  select i.question_log into log from ltd.index i where i.name = log_question.index_name and i.state = 'live';
  -- an inbox that is not emptied stays below 64 MiB
  if not coalesce((log ->> 'on')::boolean, false) or pg_relation_size('ltd.question_inbox') > 67108864 then
    return null;
  end if;
  is_hashed := coalesce((log ->> 'hash')::boolean, false);
  insert into ltd.question_inbox
  values (
    log_question.id,
    clock_timestamp() - make_interval(secs => least(3600, greatest(0, age_seconds))),
    log_question.index_name,
    case
      when is_hashed then encode(sha256(convert_to((log ->> 'salt') || bare, 'UTF8')), 'hex')
      else left(ltd.masked(left(question, 2000), array(select jsonb_array_elements_text(log -> 'mask'))), 500)
    end,
    is_hashed, log_question.decision, log_question.chance, log_question.key, log_question.similarity, log_question.source
  );
  return log_question.id;
exception when others then
  return null;
end
$function$;

-- Puts questions of one asker into the log: [{"id", "question", "bare", "decision", "chance", "key", "similarity", "age"}]. Returns how many were kept.
create function ltd.log_questions(index_name text, source text, entries jsonb) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  kept integer;
begin
  select count(ltd.log_question(
    e.id, log_questions.index_name, e.question, e.bare, e.decision, e.chance, e.key, e.similarity, log_questions.source, e.age))
    into kept
  from jsonb_to_recordset(entries) as e (
    id uuid, question text, bare text, decision text, chance double precision, key text[], similarity double precision, age double precision);
  perform ltd.file_questions();
  return kept;
end
$function$;

-- Makes the partition of a day, if it is missing; says whether it was.
create function ltd.add_question_day(wanted date) returns boolean
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $function$
declare
  partition constant text := 'question_' || to_char(wanted, 'YYYYMMDD');
begin
  if to_regclass(format('ltd.%I', partition)) is not null then
    return false;
  end if;
  -- attached when it is made: an attachment keeps no reader and no writer of the table waiting
  execute format('create table ltd.%I (like ltd.question including all)', partition);
  execute format(
    'alter table ltd.question attach partition ltd.%I for values from (%L) to (%L)',
    partition, wanted || ' 00:00:00+00', wanted + 1 || ' 00:00:00+00');
  return true;
end
$function$;
revoke execute on function ltd.add_question_day(date) from public;

-- Moves the questions of the inbox into their days, up to the bound that their index has for a day. One at a time: a second call returns at once.
-- Returns how many were kept.
create function ltd.file_questions() returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $function$
declare
  days date[];
  wanted date;
  is_new boolean := false;
  filed integer;
begin
  if current_setting('transaction_read_only') = 'on' or not pg_try_advisory_xact_lock(hashtextextended('ltd.question', 0)) then
    return 0;
  end if;
  select array_agg(distinct (i.asked_at at time zone 'utc')::date) into days from ltd.question_inbox i;
  if days is null then
    return 0;
  end if;
  foreach wanted in array days loop
    is_new := ltd.add_question_day(wanted) or is_new;
  end loop;
  with taken as (
    delete from ltd.question_inbox i
    where (i.asked_at at time zone 'utc')::date = any (days)
    returning i.*
  ),
  numbered as (
    select t.*, (t.asked_at at time zone 'utc')::date as day,
      coalesce(d.kept, 0) + row_number() over (partition by t.index_name, (t.asked_at at time zone 'utc')::date order by t.asked_at)
        <= coalesce((x.question_log ->> 'most')::integer, 0) as is_kept
    from taken t
    left join ltd.question_day d on d.index_name = t.index_name and d.day = (t.asked_at at time zone 'utc')::date
    left join ltd.index x on x.name = t.index_name and x.state = 'live'
  ),
  filed_questions as (
    insert into ltd.question
    select n.id, n.asked_at, n.index_name, n.question, n.is_hashed, n.decision, n.chance, n.key, n.similarity, n.source
    from numbered n
    where n.is_kept
  ),
  counted as (
    insert into ltd.question_day as q (index_name, day, kept, dropped)
    select n.index_name, n.day, count(*) filter (where n.is_kept), count(*) filter (where not n.is_kept)
    from numbered n
    group by n.index_name, n.day
    on conflict (index_name, day) do update set kept = q.kept + excluded.kept, dropped = q.dropped + excluded.dropped
  )
  select count(*) filter (where n.is_kept) into filed from numbered n;
  -- no vacuum runs in an embedded database, and one of a server leaves the file as it is: an inbox that grew is made small again when it is empty
  if pg_relation_size('ltd.question_inbox') > 8388608 then
    begin
      lock table ltd.question_inbox in access exclusive mode nowait;
      if not exists (select from ltd.question_inbox) then
        truncate ltd.question_inbox;
      end if;
    exception when lock_not_available then
      null;
    end;
  end if;
  if is_new then
    perform ltd.purge_questions();
  end if;
  return filed;
end
$function$;

-- Deletes what is older than the log of each index keeps, and returns how many days were dropped. The age counts from the last day on which the log was tended
-- before this one: a clock that jumps ahead for some hours deletes nothing.
create function ltd.purge_questions() returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
-- to drop a partition takes a lock on the whole table: whoever asks is kept waiting no longer than this
set lock_timeout = '200ms'
as $function$
declare
  today constant date := (clock_timestamp() at time zone 'utc')::date;
  last date;
  longest integer;
  part record;
  dropped integer := 0;
begin
  if current_setting('transaction_read_only') = 'on' or not pg_try_advisory_xact_lock(hashtextextended('ltd.question', 1)) then
    return 0;
  end if;
  insert into ltd.question_day (index_name, day) values ('', today) on conflict do nothing;
  select max(d.day) into last from ltd.question_day d where d.index_name = '' and d.day < today;
  select max((i.question_log ->> 'keepDays')::integer) into longest from ltd.index i where i.state = 'live';
  if last is null or longest is null then
    return 0;
  end if;
  for part in
    select c.oid::regclass as name
    from pg_inherits h
    join pg_class c on c.oid = h.inhrelid
    where h.inhparent = 'ltd.question'::regclass and to_date(right(c.relname, 8), 'YYYYMMDD') < last - longest
  loop
    begin
      execute format('drop table %s', part.name);
      dropped := dropped + 1;
    exception when lock_not_available then
      -- the next call tries again
      exit;
    end;
  end loop;
  delete from ltd.question q
  using ltd.index i
  where i.name = q.index_name and i.state = 'live' and q.asked_at < (last - (i.question_log ->> 'keepDays')::integer) at time zone 'utc';
  delete from ltd.vote v
  using ltd.index i
  where i.name = v.index_name and i.state = 'live' and v.voted_at < (last - (i.question_log ->> 'keepDays')::integer) at time zone 'utc';
  delete from ltd.question_day d where d.day < last - greatest(longest, 400);
  return dropped;
end
$function$;

-- Says whether the answer to a logged question helped, and which row did. A second vote of the same voter takes the place of the first.
create function ltd.feedback(question_id uuid, helped boolean, chosen text[] default null, voter text default session_user)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  asked record;
  most integer;
begin
  if helped is null or coalesce(voter, '') = '' or length(voter) > 200 or cardinality(chosen) > 32 then
    raise exception 'feedback needs whether the answer helped, a voter of 1 to 200 characters, and the key of a row or null'
      using errcode = 'invalid_parameter_value';
  end if;
  select q.index_name into asked
  from (
    select q.index_name from ltd.question q where q.id = feedback.question_id
    union all
    select i.index_name from ltd.question_inbox i where i.id = feedback.question_id
  ) q
  limit 1;
  if not found then
    raise exception 'there is no question % in the log', coalesce(feedback.question_id::text, 'null')
      using errcode = 'no_data_found', hint = 'the id is that of an answer that was logged, for as long as the log keeps it';
  end if;
  select coalesce((i.question_log ->> 'votes')::integer, 100) into most from ltd.index i where i.name = asked.index_name and i.state = 'live';
  perform pg_advisory_xact_lock(hashtextextended('ltd.vote ' || voter, 0));
  if not exists (select from ltd.vote v where v.question_id = feedback.question_id and v.voter = feedback.voter)
    and (select count(*) from ltd.vote v where v.voter = feedback.voter and v.voted_at > now() - interval '1 day') >= most then
    raise exception 'the voter % has voted % times within a day, which is the bound', voter, most
      using errcode = 'program_limit_exceeded', hint = 'ltd-index log on <index> --votes sets another one';
  end if;
  insert into ltd.vote as v (question_id, voter, index_name, helped, chosen)
  values (feedback.question_id, feedback.voter, asked.index_name, feedback.helped, feedback.chosen)
  on conflict on constraint vote_pkey do update set helped = excluded.helped, chosen = excluded.chosen, voted_at = excluded.voted_at;
end
$function$;
