-- Logs the key of one changed row, where statement triggers do not fire: logical replication, and writes straight into a partition.
create function {{function}}() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
{{settings}}
as $function$
declare
  {{variables}};
begin
  begin
    if has_table_privilege({{change_name}}::regclass, 'insert') is not true then
      raise undefined_table;
    end if;
    if tg_op = 'INSERT' then
      {{take_new}}
    elsif tg_op = 'DELETE' then
      {{take_old}}
    else
      begin
        if {{unchanged}} then
          return null;
        end if;
      -- where a column has been renamed or dropped, every row is logged
      exception when {{untellable}} then
        null;
      end;
      {{take_both}}
    end if;
  exception
  when undefined_table or insufficient_privilege then
    raise warning 'ltd-index: index % does not see this change of %: its log % is gone or closed', {{index}}, tg_relid::regclass, {{change_name}};
    return null;
  when {{untellable}} then
    raise warning 'ltd-index: index % will look at all rows of %, as it cannot tell those of this change: %', {{index}}, tg_relid::regclass, sqlerrm;
    insert into {{change}} ({{key_names}}) values ({{unseen}});
    return null;
  end;
  insert into {{change}} ({{key_names}}) values ({{lists}});
  if current_setting('ltd.woken', true) is distinct from {{index}} then
    perform ltd.wake({{index}});
  end if;
  return null;
end
$function$
