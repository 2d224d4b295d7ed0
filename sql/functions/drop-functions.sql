-- Takes the functions of these names away, whatever their parameters, or those of them that a condition over pg_proc p chooses.
do $function$
declare
  each regprocedure;
begin
  for each in
    select p.oid from pg_catalog.pg_proc p where p.pronamespace = 'ltd'::regnamespace and p.proname = any (array[{{names}}]) and {{condition}}
  loop
    execute format('drop function %s', each);
  end loop;
end
$function$
