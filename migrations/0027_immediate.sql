-- An index whose rows are embedded in the transaction that writes them: `ltd.add(…, immediate => true, max_rows => 100)`. A deferred trigger of its log
-- calls ltd.at_once for each statement.
alter table ltd.index add column immediate_rows integer check (immediate_rows > 0);

-- Embeds what a row of a log names, with the rights of the owner of schema ltd. It never fails: what it cannot embed stays in the log, for the next sync.
create function ltd.at_once() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  -- without the functions of `ltd-index sql install` there is nothing to embed with
  if to_regprocedure('ltd.write_logged(integer, jsonb)') is not null then
    perform ltd.write_logged(tg_argv[0]::integer, to_jsonb(new));
  end if;
  return null;
exception
-- another one works on these rows
when lock_not_available or deadlock_detected or serialization_failure then
  return null;
when others then
  raise warning 'ltd-index: rows of the index % are left to the next sync: %', (select i.name from ltd.index i where i.id = tg_argv[0]::integer), sqlerrm;
  return null;
end
$function$;

-- a role that could attach it to a table could write entries of other people's indexes
revoke all on function ltd.at_once() from public;
