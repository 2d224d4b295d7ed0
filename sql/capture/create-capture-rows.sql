-- Logs the keys of the rows that an INSERT or a DELETE wrote. Runs with its owner's rights, so that writers need none on schema ltd, and never
-- fails because of a column that was renamed or dropped: a warning says so, and the worker an error.
create function {{function}}() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $function$
declare
  {{variables}};
  -- more keys than one list should hold
  is_large boolean;
begin
  is_large := (select count(*) > 10000 from {{rows}});
  -- nothing small is written in this block: a subtransaction that only reads costs next to nothing
  begin
    if is_large then
      insert into {{change}} ({{key_names}})
      select {{collected}}
      from (select {{keys}}, (row_number() over () - 1) / 10000 from {{rows}} r) as changed ({{names}}, list)
      group by list;
    else
      select {{collected}} into {{lists}} from (select {{keys}} from {{rows}} r) as changed ({{names}});
    end if;
  exception when undefined_column then
    raise warning 'ltd-index: index % does not see this change of %: %', {{index}}, tg_relid::regclass, sqlerrm;
    return null;
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
