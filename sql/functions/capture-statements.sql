-- The statements that let an index see every later change of its table, in order: what src/db/capture/triggers.ts and capture-function.ts make of an ordinary one.
create or replace function ltd.capture_statements(live ltd.index) returns text[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
declare
  parts jsonb := ltd.index_parts(live);
  change constant text := parts ->> 'change';
  source constant text := parts ->> 'table';
  statements text[];
  seen text[];
  each record;
  prefix constant text := 'capture_' || live.id || '_';
begin
  select array_agg(s.name order by s.place) into seen
  from (select c.name, min(c.place) as place from unnest(live.columns || live.filter_columns) with ordinality as c (name, place) group by c.name) s;
  if (select bool_or(strpos(n.name, '$' || 'function$') > 0) from unnest(seen || live.key_columns) as n (name)) then
    raise exception 'a column of % cannot be captured: its name ends the body of a function', source using errcode = 'invalid_name', hint = 'rename the column';
  end if;
  select parts || jsonb_build_object(
      'change_name', quote_literal(change), 'index', quote_literal(live.name), 'untellable', {{untellable}},
      'settings', case when live.key_types && {{session_types}} then {{key_settings}} else '' end,
      'variables', string_agg(format('list_%s text[]', k.place), '; ' order by k.place),
      'lists', string_agg('list_' || k.place, ', ' order by k.place),
      'first_list', 'list_1',
      'names', string_agg('k' || k.place, ', ' order by k.place),
      'unseen', string_agg('''{}''', ', '),
      'collected', string_agg(format('array_agg(k%s)', k.place), ', ' order by k.place),
      'is_large', case when bool_and(k.is_fixed) then 'count(*) > 10000' else format('coalesce(sum(400 + %s), 0) > 4000000',
        string_agg(format('coalesce(octet_length(r.%s::text), 0)', k.name), ' + ' order by k.place) filter (where not k.is_fixed)) end,
      'list', case when bool_and(k.is_fixed) then '(row_number() over () - 1) / 10000' else format('(sum(400 + %s) over (rows unbounded preceding) / 4000000)::bigint',
        string_agg(format('coalesce(octet_length(k%s), 0)', k.place), ' + ' order by k.place) filter (where not k.is_fixed)) end,
      'keys', string_agg(format('r.%s::text', k.name), ', ' order by k.place),
      'old_key', string_agg(format('o.%s::text', k.name), ', ' order by k.place),
      'new_key', string_agg(format('n.%s::text', k.name), ', ' order by k.place),
      'either_key', string_agg(format('coalesce(n.%1$s, o.%1$s)::text', k.name), ', ' order by k.place),
      'same_key', string_agg(format('o.%1$s = n.%1$s', k.name), ' and ' order by k.place),
      'changed', string_agg(format('o.%1$s is null or n.%1$s is null', k.name), ' or ' order by k.place) || ' or '
        || (select string_agg(format('o.%1$s::text collate "C" is distinct from n.%1$s::text collate "C"', ltd.quoted(c.name)), ' or ' order by c.place)
          from unnest(seen) with ordinality as c (name, place)),
      'unchanged', string_agg(format('old.%1$s = new.%1$s', k.name), ' and ' order by k.place) || ' and '
        || (select string_agg(format('old.%1$s::text collate "C" is not distinct from new.%1$s::text collate "C"', ltd.quoted(c.name)), ' and ' order by c.place)
          from unnest(seen) with ordinality as c (name, place)),
      'take_new', string_agg(format('list_%s := array[new.%s::text];', k.place, k.name), ' ' order by k.place),
      'take_old', string_agg(format('list_%s := array[old.%s::text];', k.place, k.name), ' ' order by k.place),
      'take_both', string_agg(format('list_%1$s := array[old.%2$s::text, new.%2$s::text];', k.place, k.name), ' ' order by k.place))
    into parts
  from (
    select ltd.quoted(c.name) as name, c.place, c.type = any (array['smallint', 'integer', 'bigint', 'uuid']) as is_fixed
    from unnest(live.key_columns, live.key_types) with ordinality as c (name, type, place)
  ) k;
  statements := array[
    ltd.filled('capture/create-change-table', parts || jsonb_build_object('key_columns', (
      select string_agg(l.name || ' text[]', ', ' order by l.place) from string_to_table(parts ->> 'key_names', ', ') with ordinality as l (name, place)))),
    ltd.filled('capture/set-change-storage', parts || jsonb_build_object('actions', (
      select string_agg(format('alter column %s set storage external', l.name), ', ' order by l.place)
      from string_to_table(parts ->> 'key_names', ', ') with ordinality as l (name, place)))),
    ltd.filled('capture/set-change-identity', parts)];
  for each in
    select f.*, format('"ltd"."%s%s"', prefix, f.name) as function
    from (values (1, 'insert', 'rows', 'new_rows'), (2, 'update', 'update', ''), (3, 'delete', 'rows', 'old_rows'), (4, 'row', 'row', ''), (5, 'truncate', 'truncate', ''))
      as f (place, name, kind, rows)
    order by f.place
  loop
    statements := statements || array[
      ltd.filled('capture/create-capture-' || each.kind, parts || jsonb_build_object('function', each.function, 'rows', each.rows)),
      ltd.filled('capture/revoke-capture', jsonb_build_object('function', each.function))];
  end loop;
  for each in
    select t.*, ltd.quoted('ltd_' || live.id || '_' || t.name) as trigger
    from (values
      (1, 'insert', 'insert', 'statement', 'insert', 'referencing new table as new_rows', null),
      (2, 'update', 'update', 'statement', 'update', 'referencing old table as old_rows new table as new_rows', null),
      (3, 'delete', 'delete', 'statement', 'delete', 'referencing old table as old_rows', null),
      (4, 'replica', 'insert or update or delete', 'row', 'row', '', 'replica'),
      (5, 'truncate', 'truncate', 'statement', 'truncate', '', 'always')) as t (place, name, event, each, calls, referencing, fires)
    order by t.place
  loop
    statements := statements || ltd.filled('capture/create-trigger', jsonb_build_object('name', each.trigger, 'event', each.event, 'source', source,
      'referencing', each.referencing, 'each', each.each, 'function', format('"ltd"."%s%s"', prefix, each.calls)));
    if each.fires is not null then
      statements := statements || ltd.filled('capture/enable-trigger', jsonb_build_object('name', each.trigger, 'source', source, 'when', each.fires));
    end if;
  end loop;
  return statements || ltd.filled('capture/give-capture', jsonb_build_object('source', quote_literal(source), 'change', quote_literal(change),
    'functions', (select string_agg(quote_literal(prefix || f.name), ', ' order by f.place)
      from unnest(array['insert', 'update', 'delete', 'row', 'truncate']) with ordinality as f (name, place))));
end
$function$
