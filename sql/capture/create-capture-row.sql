-- Logs the key of one changed row, for what fires no triggers of statements: logical replication, and writes straight into a partition.
create function {{function}}() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  {{variables}};
begin
  begin
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
      exception when undefined_column or undefined_function then
        null;
      end;
      {{take_both}}
    end if;
  exception when undefined_column then
    raise warning 'ltd-index: index % does not see this change of %: %', {{index}}, tg_relid::regclass, sqlerrm;
    return null;
  end;
  insert into {{change}} ({{key_names}}) values ({{lists}});
  if current_setting('ltd.woken', true) is distinct from {{index}} then
    perform ltd.wake({{index}});
  end if;
  return null;
end
$function$
