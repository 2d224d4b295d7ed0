-- Logs that the table was truncated.
create function {{function}}() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  begin
    if has_table_privilege({{change_name}}::regclass, 'insert') is not true then
      raise undefined_table;
    end if;
  exception
  when undefined_table or insufficient_privilege then
    raise warning 'ltd-index: index % does not see this change of %: its log % is gone or closed', {{index}}, tg_relid::regclass, {{change_name}};
    return null;
  end;
  insert into {{change}} default values;
  if current_setting('ltd.woken', true) is distinct from {{index}} then
    perform ltd.wake({{index}});
  end if;
  return null;
end
$function$
