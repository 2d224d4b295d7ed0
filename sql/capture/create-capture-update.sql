-- Logs the keys of the rows whose mapped columns an UPDATE changed. A changed key has no partner in the join: the old and the new one are
-- logged. Values are compared as text, byte by byte: that is what is embedded. Where a column has been renamed or dropped, every row is
-- logged. A full join, because no plan that is kept from a small statement could make it slow for a large one.
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
  is_large := (select count(*) > 10000 from new_rows);
  begin
    if is_large then
      insert into {{change}} ({{key_names}})
      select {{collected}}
      from (
        select {{either_key}}, (row_number() over () - 1) / 10000
        from old_rows o full join new_rows n on {{same_key}}
        where {{changed}}
      ) as changed ({{names}}, list)
      group by list;
    else
      select {{collected}} into {{lists}}
      from (select {{either_key}} from old_rows o full join new_rows n on {{same_key}} where {{changed}}) as changed ({{names}});
    end if;
  -- the last two: the key has got a type that cannot be compared or joined
  exception when undefined_column or undefined_function or feature_not_supported then
    begin
      is_large := true;
      insert into {{change}} ({{key_names}})
      select {{collected}}
      from (
        select {{names}}, (row_number() over () - 1) / 10000
        from (select {{old_key}} from old_rows o union all select {{new_key}} from new_rows n) as every ({{names}})
      ) as changed ({{names}}, list)
      group by list;
    exception when undefined_column then
      raise warning 'ltd-index: index % does not see this change of %: %', {{index}}, tg_relid::regclass, sqlerrm;
      return null;
    end;
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
