-- A curator sees log, votes and journal of the indexes that it was granted: `ltd-index grant curator` prints a policy for each of them. Who may delete
-- works on all of them.
do $do$
declare
  name text;
begin
  foreach name in array array['question', 'question_inbox', 'question_day', 'vote', 'curation'] loop
    execute format('alter table ltd.%I enable row level security', name);
    execute format('create policy worked on ltd.%1$I using ((select has_table_privilege(%2$L, ''delete'')))', name, 'ltd.' || name);
  end loop;
end
$do$;
