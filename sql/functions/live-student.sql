-- The student of a generation; if it is not installed, an error that says what to run.
create or replace function ltd.live_student(live ltd.index) returns ltd.student
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
declare
  student ltd.student;
begin
  select s.* into student from ltd.student s where s.model_id = live.model_id;
  if not found then
    raise exception 'the student of the model % of the index % is not installed', live.model_id, live.name
      using errcode = 'undefined_object', hint = format('run `ltd-index sql install --model %s`, or with the folder of a model of your own', live.model_id);
  end if;
  return student;
end
$function$
