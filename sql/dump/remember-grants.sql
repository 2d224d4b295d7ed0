-- Remembers what is granted on the functions, before any of an older version is dropped.
do $do$
declare
  grants jsonb;
begin
  -- the statement has its names as a parameter
  execute format('select coalesce(jsonb_agg(to_jsonb(g) order by g.place), ''[]'') from (%s) g', {{list_grants}})
    into grants
    using array[{{functions}}];
  perform set_config('ltd.dump_function_grants', grants::text, true);
end
$do$
