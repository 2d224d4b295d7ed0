-- Embeds a text with the student installed last, as a unit vector; null for a text without a letter or digit.
create or replace function ltd.embed(given text) returns {{vector}}
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
declare
  student ltd.student;
begin
  select s.* into student from ltd.student s order by s.id desc limit 1;
  if not found then
    raise exception 'no student is installed in this database' using errcode = 'undefined_object', hint = 'run `ltd-index sql install`';
  end if;
  return ltd.student_embed(student, null, given);
end
$function$
