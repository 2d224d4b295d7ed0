-- Takes all functions of these names away, whatever their parameters.
do $function$
declare
  each regprocedure;
begin
  for each in
    select p.oid from pg_catalog.pg_proc p where p.pronamespace = 'ltd'::regnamespace and p.proname = any (array[{{names}}])
  loop
    execute format('drop function %s', each);
  end loop;
end
$function$
