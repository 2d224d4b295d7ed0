-- Puts rows into a table of the student: a line a row, packed vectors and the key with tabs between them.
create or replace procedure ltd.dump_load(part text, given text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  target constant regclass := format('ltd.%I', 'student_' || current_setting('ltd.dump_student') || '_' || part);
  fields text;
begin
  select string_agg(
      case when a.attnum = 1 then format('(r.fields[cardinality(r.fields)])::%s', format_type(a.atttypid, null))
        else format('ltd.dump_vector(r.fields[%s])', a.attnum - 1) end,
      ', ' order by a.attnum)
    into fields
  from pg_attribute a
  where a.attrelid = target and a.attnum > 0;
  execute format('insert into %s select %s from (select string_to_array(l.line, chr(9)) as fields from string_to_table($1, chr(10)) as l (line)) r', target, fields)
    using given;
end
$function$
