-- Drops the tables and functions of students that were replaced, when the transactions have ended that may still want them, or after five seconds.
-- What a session still reads stays for the next time.
do $do$
declare
  older text[] := array({{list_transactions}});
  until constant timestamptz := clock_timestamp() + interval '5 s';
  student text;
  each record;
begin
  if not exists ({{list_forgotten}}) then
    return;
  end if;
  while cardinality(older) > 0 and clock_timestamp() < until loop
    perform pg_sleep(0.02);
    older := array(select o.transaction from unnest(older) as o (transaction) where o.transaction in ({{list_transactions}}));
  end loop;
  set local lock_timeout = '5s';
  for student in {{list_forgotten}} loop
    for each in select p.oid::regprocedure as name from pg_proc p
      where p.pronamespace = 'ltd'::regnamespace and p.proname ~ ('^student_' || student || '(_(batch|tokens|features|chance))?$')
    loop
      execute format('drop function %s', each.name);
    end loop;
    for each in select c.oid::regclass as name from pg_class c
      where c.relnamespace = 'ltd'::regnamespace and c.relkind = 'r' and c.relname ~ ('^student_' || student || '_')
    loop
      execute format('drop table %s', each.name);
    end loop;
  end loop;
exception when lock_not_available then
  null;
end
$do$
