-- As before, and remembers until the end of the transaction that it has told: a trigger that is fired for each of many rows need not ask again.
create or replace function ltd.wake(index_name text) returns void
language plpgsql
as $function$
declare
  now_ms constant bigint := extract(epoch from clock_timestamp()) * 1000;
begin
  if current_setting('max_prepared_transactions') <> '0' then
    perform set_config('ltd.woken', index_name, true);
  elsif abs(now_ms - (select s.last_value from ltd.notified s)) >= 100 then
    perform setval('ltd.notified', now_ms), pg_notify('ltd_queue', index_name), set_config('ltd.woken', index_name, true);
  end if;
end
$function$;
