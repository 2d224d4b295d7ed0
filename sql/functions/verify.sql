-- Compares an index with its table: every row that is not queued. A row for each that is wrong; none where all is well. As src/app/operate/verify.ts.
create or replace function ltd.verify(index_name text) returns table (fault text, key text[])
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  live constant ltd.index := ltd.live_index(index_name);
  student constant ltd.student := ltd.live_student(live);
  parts constant jsonb := ltd.index_parts(live);
  compared record;
  given text;
begin
  perform ltd.guard(live.source, live.filter, true);
  for compared in execute format(
    'select case when s.here then s.row_key else e.row_key end as row_key, s.here is not null as in_source, e.here is not null as in_entries, s."values",
       e.content_hash, e.dims
     from (select s.*, %1$s as row_key, %2$s as "values", true as here from %3$s s offset 0) s
     full join (select e.*, %4$s as row_key, {{vector_schema}}.vector_dims(e.embedding) as dims, true as here from %5$s e offset 0) e on %6$s
     where not exists (select from ltd.queue q where q.index_id = $1 and q.key = case when s.here then s.row_key else e.row_key end collate "C")
       and not exists (
         select from %7$s c, unnest(%8$s) as k (%9$s) where array[%9$s] collate "C" = case when s.here then s.row_key else e.row_key end collate "C")
       and (s.here or not exists (select from %7$s c where c.%10$s is null))',
    parts ->> 'key', parts ->> 'values', parts ->> 'careful_source', parts ->> 'entry_key', parts ->> 'entry', parts ->> 'same_key', parts ->> 'change',
    parts ->> 'logged_lists', parts ->> 'parts', parts ->> 'first_key')
    using live.id
  loop
    key := compared.row_key;
    if not compared.in_entries then
      fault := 'missing';
    elsif not compared.in_source then
      fault := 'orphan';
    else
      given := ltd.row_text(live.template, live.columns, to_jsonb(compared."values"));
      fault := case
        when compared.content_hash <> ltd.content_hash(live, student, given,
          array(select a.question from ltd.alias a where a.index_name = live.name and a.key = compared.row_key collate "C"),
          array(select n.question from ltd.negative n where n.index_name = live.name and n.key = compared.row_key collate "C")) then 'stale'
        when compared.dims is distinct from case when ltd.bare_text(given) <> '' then (select m.dims from ltd.model m where m.id = live.model_id) end
          then 'wrongDimension'
      end;
    end if;
    if fault is not null then
      return next;
    end if;
  end loop;
end
$function$
