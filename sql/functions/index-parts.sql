-- What the placeholders of the statements in sql/ stand for with an index: see src/db/statement/key.ts. An error for a source that is gone, and for an
-- index that only the program can work on.
create or replace function ltd.index_parts(live ltd.index) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
declare
  count constant integer := cardinality(live.key_columns);
  source text;
  filtered text;
  missing text;
  key_parts jsonb;
begin
  select ltd.quoted(n.nspname) || '.' || ltd.quoted(c.relname) into source
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.oid = live.source;
  if not found then
    raise exception 'the table %.% of the index % is gone', live.source_schema, live.source_table, live.name
      using errcode = 'undefined_table', hint = format('run select ltd.remove(%L)', live.name);
  end if;
  if live.capture <> 'statement' or live.vector_column is not null then
    raise exception 'the index % %, which only the program can work on', live.name,
        case when live.vector_column is not null then 'keeps its vectors in a column of its table' else 'is of a view, a foreign or a partitioned table' end
      using errcode = 'feature_not_supported', hint = format('run `ltd-index sync %s`', live.name);
  end if;
  select string_agg(k.name, ', ') into missing
  from unnest(live.key_columns || live.columns || live.filter_columns) as k (name)
  where not exists (select from pg_attribute a where a.attrelid = live.source and a.attname = k.name and not a.attisdropped);
  if missing is not null then
    raise exception '% no longer has what the index % is made of: %', source, live.name, missing
      using errcode = 'undefined_column',
      hint = format('bring the column back under this name, or recreate the index: ltd-index remove %s --keep, then ltd-index add', live.name);
  end if;
  filtered := case when live.filter is null then source else format('(select * from %s where (%s%s))', source, live.filter, chr(10)) end;
  select jsonb_build_object(
      'columns', string_agg('s.' || k.source, ', ' order by k.place),
      'key_columns', string_agg('s.' || k.source, ', ' order by k.place),
      'key_names', string_agg(k.entry, ', ' order by k.place),
      'key', 'array[' || string_agg(format(k.written, 's.' || k.source), ', ' order by k.place) || ']',
      'entry_key', 'array[' || string_agg(format(k.written, 'e.' || k.entry), ', ' order by k.place) || ']',
      'same_key', string_agg(format('e.%s = s.%s', k.entry, k.source), ' and ' order by k.place),
      'is_wanted', string_agg(format('s.%s = w.k%s', k.source, k.place), ' and ' order by k.place),
      'is_wanted_entry', string_agg(format('e.%s = w.k%s', k.entry, k.place), ' and ' order by k.place),
      'wanted', string_agg(format('(w.literal::text[])[%s]::%s as k%s', k.place, k.type, k.place), ', ' order by k.place),
      'last_first', string_agg(format('c.%s desc', k.source), ', ' order by k.place),
      'parts', string_agg('k' || k.place, ', ' order by k.place),
      'key_lists', string_agg('t.' || k.entry, ', ' order by k.place),
      'logged_lists', string_agg('c.' || k.entry, ', ' order by k.place),
      'first_key', min(k.entry) filter (where k.place = 1))
    into key_parts
  from (
    select ltd.quoted(c.name) as source, c.type, c.place, ltd.quoted(case when count = 1 then 'key' else 'key_' || c.place end) as entry,
      case when c.type = any ({{session_types}}) then 'ltd.key_text(%s)' else '%s::text' end as written
    from unnest(live.key_columns, live.key_types) with ordinality as c (name, type, place)
  ) k;
  return key_parts || jsonb_build_object(
    'id', live.id,
    'table', source,
    'source', filtered,
    -- a row for which the filter fails passes, so that its failure counts against it alone
    'careful_source', case when live.filter is null then source
      else format('(select * from %1$s where ltd.passes(%2$L, %1$s.*))', source, '(' || live.filter || chr(10) || ')') end,
    'entry', format('"ltd"."entry_%s"', live.id),
    'change', format('"ltd"."change_%s"', live.id),
    'after', '',
    'values', (
      select 'array[' || string_agg(format('left(s.%s::text, {{read_length}})', ltd.quoted(c.name)), ', ' order by c.place) || ']'
      from unnest(live.columns) with ordinality as c (name, place)
    ));
end
$function$
