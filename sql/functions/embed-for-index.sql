-- A text as the live generation of an index embeds it, with its model and its weights; null for a text without a letter or digit.
create or replace function ltd.embed(index_name text, given text) returns {{vector}}
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
declare
  live record;
  student ltd.student;
begin
  select i.id, i.model_id into live from ltd.index i where i.name = index_name and i.state = 'live';
  if not found then
    raise exception 'there is no index "%"', index_name using errcode = 'undefined_object',
      hint = coalesce('the indexes are: ' || (select string_agg(i.name, ', ' order by i.name) from ltd.index i where i.state = 'live'),
        'make one with `ltd-index add`');
  end if;
  select s.* into student from ltd.student s where s.model_id = live.model_id;
  if not found then
    raise exception 'the student of the model % of the index % is not installed', live.model_id, index_name
      using errcode = 'undefined_object', hint = format('run `ltd-index sql install --model %s`', live.model_id);
  end if;
  return ltd.student_embed(student, live.id, given);
end
$function$
