-- 1: the first party acts on the second, -1: the second on the first; 0: there is no word of direction between the two.
create or replace function ltd.judge_direction(tokens text[], first integer, second integer) returns integer
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
  select case
    when not coalesce(bool_or(b.token ~ {{direction}}), false) then 0
    when (first < second) <> coalesce(bool_or(b.token = '被'), false) then 1
    else -1
  end
  from unnest(tokens[least(first, second) + 1 : greatest(first, second) - 1]) as b (token)
$function$
