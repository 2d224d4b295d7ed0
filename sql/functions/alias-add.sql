-- Gives a row a further question, or with is_negative one that it does not answer, and queues the row. As addAlias of src/app/ask/alias.ts.
create or replace function ltd.alias_add(index_name text, key text[], question text, is_negative boolean default false) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  live constant ltd.index := ltd.live_index(index_name);
  parts constant jsonb := ltd.index_parts(live);
  bare constant text := ltd.bare_text(question);
  row_key text[];
  row_text text;
  owner text[];
  generation integer;
  written integer;
begin
  if coalesce(bare, '') = '' or char_length(bare) > 500 then
    raise exception '% has % letters and digits, but an alias has from 1 to 500', quote_nullable(left(question, 60)), coalesce(char_length(bare), 0)
      using errcode = 'invalid_parameter_value';
  end if;
  perform ltd.guard(live.source, live.filter, false);
  if cardinality(key) = cardinality(live.key_columns) then
    execute format('select %s, ltd.row_text($2, $3, to_jsonb(%s)) from (select %s from unnest(array[$1]) as w (literal)) w join %s s on %s',
        parts ->> 'key', parts ->> 'values', parts ->> 'wanted', parts ->> 'source', parts ->> 'is_wanted')
      into row_key, row_text using key::text, live.template, live.columns;
  end if;
  if row_key is null then
    raise exception '% has no row % that is indexed', parts ->> 'table', coalesce(array_to_string(key, ', '), 'null') using errcode = 'no_data_found',
      hint = 'the key is an array of text, a part for each column of the key';
  end if;
  select a.key into owner from ltd.alias a where a.index_name = live.name and a.alias = bare;
  if is_negative and (owner = row_key or ltd.bare_text(row_text) = bare) then
    raise exception '% is an alias or the text of the row %: it cannot be a negative question of it', quote_literal(question), array_to_string(row_key, ', ')
      using errcode = 'unique_violation';
  elsif not is_negative and owner <> row_key then
    raise exception '% is an alias of the row % already', quote_literal(question), array_to_string(owner, ', ') using errcode = 'unique_violation';
  elsif not is_negative and exists (
    select from ltd.negative n where n.index_name = live.name and n.negative = bare and n.key = row_key) then
    raise exception '% is a negative question of the row % already', quote_literal(question), array_to_string(row_key, ', ') using errcode = 'unique_violation';
  end if;
  execute ltd.filled(case when is_negative then 'ask/add-negatives' else 'ask/add-aliases' end, '{}')
    using live.name, array[bare], array[question], array[to_jsonb(row_key)::text];
  get diagnostics written = row_count;
  -- another transaction may have given it to another row in the meantime
  if written = 0 then
    raise exception '% is an alias of another row already', quote_literal(question) using errcode = 'unique_violation';
  end if;
  for generation in select i.id from ltd.index i where i.name = live.name loop
    execute ltd.filled('capture/enqueue-keys', '{}') using generation, array[row_key::text];
  end loop;
  perform pg_notify('ltd_queue', live.name);
end
$function$
