-- Grants what had been granted before: on the student that took the place of another, and on functions that are new.
do $do$
declare
  each record;
  named text;
begin
  for each in
    select g.* from jsonb_to_recordset(current_setting('ltd.dump_grants')::jsonb) as g (kind text, name text, arguments text, before text, after text, place integer)
    order by g.place
  loop
    named := regexp_replace(each.name, '^student_' || coalesce(nullif(current_setting('ltd.dump_former'), ''), '0') || '(?=_|$)',
      'student_' || current_setting('ltd.dump_student'));
    if each.kind = 'table' then
      execute format('%s table ltd.%I %s', each.before, named, each.after);
    else
      for each.arguments in
        select oidvectortypes(p.proargtypes) from pg_proc p
        where p.pronamespace = 'ltd'::regnamespace and p.proname = named
          and (oidvectortypes(p.proargtypes) = each.arguments or not exists (
            select from pg_proc o where o.pronamespace = p.pronamespace and o.proname = named and oidvectortypes(o.proargtypes) = each.arguments))
      loop
        execute format('%s routine ltd.%I(%s) %s', each.before, named, each.arguments, each.after);
      end loop;
    end if;
  end loop;
end
$do$
