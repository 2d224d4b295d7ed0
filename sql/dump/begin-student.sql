-- Records a student in the place of the one that the model had, and remembers its number and what was granted on the former, beside what was on the functions.
do $do$
declare
  former integer;
  added integer;
  grants jsonb;
begin
  delete from ltd.student s where s.model_id = {{model_id}} returning s.id into former;
  insert into ltd.student
    (model_id, max_chars, smoothing, total, rarest, longest, unknown_idf, answer_threshold, suggest_threshold, functions, has_judge)
  select
    given.model_id, given.max_chars, given.smoothing, given.total, given.rarest, given.longest, given.unknown_idf,
    given.answer_threshold, given.suggest_threshold, given.functions, given.has_judge
  from jsonb_populate_record(null::ltd.student, {{student}}::jsonb) given
  returning id into added;
  -- the statement has its names as a parameter
  execute format('select coalesce(jsonb_agg(to_jsonb(g) order by g.place), ''[]'') from (%s) g', {{list_grants}})
    into grants
    using array(
      select c.relname::text from pg_class c where c.relnamespace = 'ltd'::regnamespace and c.relname like 'student\_' || former || '\_%'
    ) || array['student_' || former];
  perform set_config('ltd.dump_student', added::text, true), set_config('ltd.dump_former', former::text, true),
    set_config('ltd.dump_grants', (current_setting('ltd.dump_function_grants')::jsonb || grants)::text, true);
end
$do$
