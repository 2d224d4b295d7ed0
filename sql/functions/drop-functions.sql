-- Drops the functions of these names, whatever their parameters, or only those that pass a condition over pg_proc p.
do $function$
declare
  each regprocedure;
begin
  for each in
    select p.oid from pg_catalog.pg_proc p where p.pronamespace = 'ltd'::regnamespace and p.proname = any (array[{{names}}]) and {{condition}}
  loop
    execute format('drop routine %s', each);
  end loop;
end
$function$
