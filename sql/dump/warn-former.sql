-- Warns of students whose functions are those of another version: only a file that has their model replaces them.
do $do$
declare
  former text;
begin
  select string_agg(s.model_id, ', ' order by s.id) into former from ltd.student s where s.functions <> {{functions}};
  if former is not null then
    raise warning 'the functions of these models are of another version: %', former
      using hint = 'run the file of `ltd-index sql dump --model` of each';
  end if;
end
$do$
