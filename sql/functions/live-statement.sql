-- A statement of sql/ (nearest, search, match-alias) for a generation, with its placeholders filled as src/db/ask/search-parts.ts does; "contained" is the
-- parameter of the JSON that a row must contain. All placeholders are filled in one pass, so that no part of a name is taken for one.
create or replace function ltd.live_statement(live ltd.index, statement text, contained text) returns text
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
declare
  source text;
  entry constant text := format('ltd.%I', 'entry_' || live.id);
  count constant integer := cardinality(live.key_columns);
  key_names text;
  entry_keys text;
  key_array text;
  same_key text;
  alias_key text;
  exact text;
  parts jsonb;
begin
  select format('%I.%I', n.nspname, c.relname) into source
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.oid = live.source;
  if not found then
    raise exception 'the table %.% of the index % is gone', live.source_schema, live.source_table, live.name
      using errcode = 'undefined_table', hint = format('run `ltd-index remove %s`', live.name);
  end if;
  exact := format('(select ltd.exact_columns(%L::regclass))', source);
  select string_agg(format('%I', k.entry), ', ' order by k.place), string_agg(format('e.%I', k.entry), ', ' order by k.place),
    'array[' || string_agg(format(case when k.type = any ({{session_types}}) then 'ltd.key_text(e.%I)' else 'e.%I::text' end, k.entry), ', ' order by k.place) || ']',
    string_agg(format('s.%I = e.%I', k.source, k.entry), ' and ' order by k.place),
    string_agg(format('e.%I = (a.key[%s])::%s', k.entry, k.place, k.type), ' and ' order by k.place)
    into key_names, entry_keys, key_array, same_key, alias_key
  from (
    select c.name as source, c.type, c.place, case when count = 1 then 'key' else 'key_' || c.place end as entry
    from unnest(live.key_columns, live.key_types) with ordinality as c (name, type, place)
  ) k;
  parts := jsonb_build_object(
    'id', live.id,
    'key', key_array,
    'key_names', key_names,
    'entry_keys', entry_keys,
    'entry', entry,
    'entries', case when live.vector_column is null then entry else format(
      '(select %s, e.content_hash, s.%I as embedding, e.truncated, e.words, e.updated_at from %s e left join %s s on %s)',
      entry_keys, live.vector_column, entry, source, same_key) end,
    'source', source,
    'rows', format(
      '(select * from %1$s r where %2$s::jsonb is null or to_jsonb(r.*) @> (select ltd.exact_filter(%2$s::jsonb, %3$s)))',
      source, contained, exact),
    'row', format('case when %1$s = ''{}'' then to_jsonb(s.*) else ltd.exact_row(to_jsonb(s.*), %1$s) end', exact),
    'k', '$2',
    'values', (
      select 'array[' || string_agg(format('left(s.%I::text, {{read_length}})', c.name), ', ' order by c.place) || ']'
      from unnest(live.columns) with ordinality as c (name, place)
    ),
    'same_key', same_key,
    'alias_key', alias_key,
    'vector', {{vector_literal}},
    'operator', {{operator_literal}},
    'is_live', 'true');
  return (
    select string_agg(case when p.place % 2 = 1 then p.piece else parts ->> p.piece end, '' order by p.place)
    from regexp_split_to_table(statement, '[{]{2}|[}]{2}') with ordinality as p (piece, place)
  );
end
$function$
