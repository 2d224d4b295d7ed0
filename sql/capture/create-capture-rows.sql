-- Logs the keys of the rows that an INSERT or a DELETE wrote. Runs with the rights of the table's owner, so that writers need none on schema ltd,
-- and never fails: if a column was renamed or dropped, or the keys are more than Postgres can hold together, the log says that all rows must
-- be checked; if there is no log, a warning says so.
create function {{function}}() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
{{settings}}
as $function$
declare
  {{variables}};
  -- more keys than one list should hold
  is_large boolean := false;
begin
  -- nothing small is written in this block: a subtransaction that only reads costs next to nothing
  begin
    if has_table_privilege({{change_name}}::regclass, 'insert') is not true then
      raise undefined_table;
    end if;
    is_large := (select {{is_large}} from {{rows}} r);
    if is_large then
      insert into {{change}} ({{key_names}})
      select {{collected}}
      from (select {{names}}, {{list}} from (select {{keys}} from {{rows}} r) as keyed ({{names}})) as changed ({{names}}, list)
      group by list;
    else
      select {{collected}} into {{lists}} from (select {{keys}} from {{rows}} r) as changed ({{names}});
    end if;
  exception
  when undefined_table or insufficient_privilege then
    raise warning 'ltd-index: index % does not see this change of %: its log % is gone or closed', {{index}}, tg_relid::regclass, {{change_name}};
    return null;
  when {{untellable}} then
    raise warning 'ltd-index: index % will look at all rows of %, as it cannot tell those of this change: %', {{index}}, tg_relid::regclass, sqlerrm;
    is_large := true;
    insert into {{change}} ({{key_names}}) values ({{unseen}});
  end;
  if not is_large then
    if {{first_list}} is null then
      return null;
    end if;
    insert into {{change}} ({{key_names}}) values ({{lists}});
  end if;
  if current_setting('ltd.woken', true) is distinct from {{index}} then
    perform ltd.wake({{index}});
  end if;
  return null;
end
$function$
