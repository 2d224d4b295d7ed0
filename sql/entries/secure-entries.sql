-- Hides entries of rows that row-level security hides from a role. A role that may delete entries sees all of them.
do $do$
begin
  if not ltd.hides_rows({{source}}::regclass) or (select c.relrowsecurity from pg_class c where c.oid = {{entry_name}}::regclass) then
    return;
  end if;
  alter table {{entry}} enable row level security;
  create policy visible on {{entry}} for select
    using ((select has_table_privilege({{entry_name}}, 'delete')) or ltd.sees({{index}}, {{key}}));
  create policy added on {{entry}} for insert with check (true);
  create policy changed on {{entry}} for update using (true);
  create policy removed on {{entry}} for delete using (true);
end
$do$
