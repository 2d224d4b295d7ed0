-- Logs the keys of the rows whose mapped columns an UPDATE changed. A changed key has no partner in the join: the old and the new one are
-- logged. Values are compared as text, byte by byte: that is what is embedded. If a column was renamed or dropped, every row is
-- logged. It is a full join, so that a plan cached from a small statement cannot make a large one slow.
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
  begin
    if has_table_privilege({{change_name}}::regclass, 'insert') is not true then
      raise undefined_table;
    end if;
    is_large := (select {{is_large}} from new_rows r);
    if is_large then
      insert into {{change}} ({{key_names}})
      select {{collected}}
      from (
        select {{names}}, {{list}}
        from (select {{either_key}} from old_rows o full join new_rows n on {{same_key}} where {{changed}}) as keyed ({{names}})
      ) as changed ({{names}}, list)
      group by list;
    else
      select {{collected}} into {{lists}}
      from (select {{either_key}} from old_rows o full join new_rows n on {{same_key}} where {{changed}}) as changed ({{names}});
    end if;
  -- a mapped column is gone, or the key has got a type that cannot be compared or joined
  exception
  when undefined_table or insufficient_privilege then
    raise warning 'ltd-index: index % does not see this change of %: its log % is gone or closed', {{index}}, tg_relid::regclass, {{change_name}};
    return null;
  when {{untellable}} then
    is_large := true;
    begin
      insert into {{change}} ({{key_names}})
      select {{collected}}
      from (
        select {{names}}, {{list}}
        from (select {{old_key}} from old_rows o union all select {{new_key}} from new_rows n) as keyed ({{names}})
      ) as changed ({{names}}, list)
      group by list;
    exception when {{untellable}} then
      raise warning 'ltd-index: index % will look at all rows of %, as it cannot tell those of this change: %', {{index}}, tg_relid::regclass, sqlerrm;
      insert into {{change}} ({{key_names}}) values ({{unseen}});
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
