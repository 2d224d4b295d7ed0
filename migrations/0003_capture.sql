-- Writers append what they changed to a log of the index (ltd.change_<id>), and workers move it to the queue. A writer so never meets
-- another writer or a worker: no lock is waited for, nothing can deadlock, and no repeatable-read writer fails. The log and the functions
-- of the triggers are made for each index, as static SQL: see sql/create-change-table.sql and sql/create-capture-*.sql.
alter table ltd.index
  -- statement: triggers a statement, for replicated changes a row; row: triggers a row; poll: no triggers
  add column capture text not null default 'statement' check (capture in ('statement', 'row', 'poll')),
  -- the rows that are indexed: a condition as Postgres writes it, and the columns that it looks at; null: all rows
  add column filter text,
  add column filter_columns text[] not null default '{}',
  -- poll: the column that says when a row was changed, the value up to which it was seen, and when it was looked at
  add column updated_at_column text,
  add column watermark text,
  add column polled_at timestamptz,
  -- partitions and their files, as they were when the keys were last compared
  add column partitions text,
  add check ((capture = 'poll') = (updated_at_column is not null));

alter table ltd.index alter column capture drop default;

-- An index of the first version loses its triggers here. `ltd-index init` makes the new ones, and the next sync looks at all rows again.
drop function ltd.capture() cascade;
update ltd.index set enqueued_at = null;

-- When writers have last told the workers, in milliseconds since 1970. A sequence, because it can be read and written outside of
-- transactions and without waiting.
create sequence ltd.notified as bigint minvalue 0 start 0;

-- Wakes the workers that wait for changes of an index, at most ten times a second: transactions that notify commit one after another, with
-- their flush to disk, so that many small ones would be slowed down ten times. Nothing is lost by a wake that does not come: workers
-- look by themselves, too. Where transactions can be prepared it never comes, as one that has notified cannot be.
create function ltd.wake(index_name text) returns void
language plpgsql
as $function$
declare
  now_ms constant bigint := extract(epoch from clock_timestamp()) * 1000;
begin
  if abs(now_ms - (select s.last_value from ltd.notified s)) >= 100 and current_setting('max_prepared_transactions') = '0' then
    perform setval('ltd.notified', now_ms);
    perform pg_notify('ltd_queue', index_name);
  end if;
end
$function$;

revoke all on function ltd.wake(text) from public;
