-- Makes an index on an ordinary table: triggers that queue every change from now on, and all rows that are there. As src/app/keep/add.ts. Returns the rows that are
-- queued for `call ltd.sync`. With `immediate` rows are embedded from then on in the transaction that writes them, up to max_rows a statement; with `halfvec` the vectors have half precision. Names in the filter that are not of Postgres itself need their schema.
create or replace function ltd.add(
  source regclass, template text default null, index_name text default null, key text[] default null, filter text default null, model text default null,
  immediate boolean default false, max_rows integer default 100, halfvec boolean default false
) returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
set lock_timeout = '5s'
as $function$
declare
  made ltd.index;
  student ltd.student;
  relation record;
  texts text[];
  parts jsonb;
  statement text;
  key_list text;
  tree text;
  checked refcursor;
  queued integer;
begin
  select c.relname, n.nspname, c.relkind, c.relpersistence, c.relispartition,
    exists (select from pg_inherits h where c.oid in (h.inhrelid, h.inhparent)) as inherits
    into relation
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.oid = source;
  if not found then
    raise exception 'there is no table of the number %', source::oid using errcode = 'undefined_table';
  elsif relation.nspname = 'ltd' or relation.nspname ~ '^(information_schema|pg_.*)$' or relation.relpersistence = 't' then
    raise exception '% is a table of the system, of ltd-index or a temporary one, which cannot be indexed', source using errcode = 'wrong_object_type';
  elsif relation.relkind <> 'r' or relation.relispartition or relation.inherits then
    raise exception '% is no ordinary table, which only the program can index', source
      using errcode = 'wrong_object_type', hint = format('run `ltd-index add %s`', source);
  end if;
  index_name := coalesce(index_name, lower(relation.relname));
  if not ltd.is_name(index_name) then
    raise exception '% cannot be the name of an index', quote_literal(index_name) using errcode = 'invalid_name',
      hint = 'give another one with index_name => ''faq'': lower case letters, Chinese characters, digits and _, not a digit or _ first, at most 45 bytes';
  end if;
  if immediate is null or max_rows is null or max_rows not between 1 and 10000 then
    raise exception 'immediate is % and max_rows is %, but must be true or false and from 1 to 10000', coalesce(immediate::text, 'null'), coalesce(max_rows::text, 'null')
      using errcode = 'invalid_parameter_value';
  end if;
  select s.* into student from ltd.student s where model is null or s.model_id = model order by s.id desc limit 1;
  if not found then
    raise exception 'the student of the model % is not installed', coalesce(model, 'that is the default') using errcode = 'undefined_object',
      hint = coalesce('the models are: ' || (select string_agg(s.model_id, ', ') from ltd.student s), 'load the file of `ltd-index sql dump`');
  end if;
  made.key_columns := coalesce(key, (
    select array_agg(a.attname::text order by k.place)
    from pg_index i cross join unnest(i.indkey::smallint[]) with ordinality as k (number, place)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
    where i.indrelid = source and i.indisprimary));
  if coalesce(cardinality(made.key_columns), 0) = 0 then
    raise exception '% has no primary key', source using errcode = 'invalid_table_definition',
      hint = 'add one, or name unique columns that are not null: key => array[''id'']';
  end if;
  if not exists (
    select from pg_index i
    where i.indrelid = source and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
      and (select array_agg(a.attname::text order by a.attname::text collate "C") from unnest(i.indkey::smallint[]) with ordinality as k (number, place)
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number where k.place <= i.indnkeyatts)
      = (select array_agg(k.name order by k.name collate "C") from unnest(made.key_columns) as k (name))) then
    raise exception '% of % cannot be the key: no unique index says that it is unique', array_to_string(made.key_columns, ', '), source
      using errcode = 'invalid_table_definition', hint = 'create a unique index on it first';
  end if;
  select array_agg(ltd.key_type(a.atttypid) order by k.place), string_agg(k.name, ', ') filter (where ltd.key_type(a.atttypid) is null or not a.attnotnull)
    into made.key_types, statement
  from unnest(made.key_columns) with ordinality as k (name, place)
  left join pg_attribute a on a.attrelid = source and a.attname = k.name;
  if statement is not null then
    raise exception 'the key column % of % can be null or has a type that cannot be in a key', statement, source using errcode = 'invalid_table_definition',
      hint = format('alter table %s alter column %s set not null', source, statement);
  end if;
  if template is null then
    select array_agg(a.attname::text) into texts
    from pg_attribute a join pg_type t on t.oid = a.atttypid
    where a.attrelid = source and a.attnum > 0 and not a.attisdropped and t.typcategory = 'S' and a.attname <> all (made.key_columns);
    if coalesce(cardinality(texts), 0) <> 1 then
      raise exception '% has % text columns besides its key: %', source, coalesce(cardinality(texts), 0), coalesce(array_to_string(texts, ', '), 'none')
        using errcode = 'invalid_parameter_value', hint = 'say what to embed: ltd.add(''faq'', ''{question} {answer}'')';
    end if;
    template := '{' || texts[1] || '}';
  end if;
  if regexp_replace(template, '([{]{2}|[}]{2}|[{][^{}]+[}])', '', 'g') ~ '[{}]' then
    raise exception 'the template % has a brace that stands alone', quote_literal(template) using errcode = 'invalid_parameter_value',
      hint = 'columns stand in braces, {title} {body}; a brace itself is written twice';
  end if;
  select array_agg(c.name order by c.place) into made.columns
  from (
    select p.part[2] as name, min(p.place) as place
    from regexp_matches(template, '([{]{2}|[}]{2}|[{]([^{}]+)[}]|[^{}]+)', 'g') with ordinality as p (part, place)
    where p.part[2] is not null group by 1
  ) c;
  if made.columns is null then
    raise exception 'the template % names no column', quote_literal(template) using errcode = 'invalid_parameter_value',
      hint = 'write columns in braces: {question}';
  end if;
  select string_agg(c.name, ', ') into statement
  from unnest(made.columns) as c (name)
  where not exists (
    select from pg_attribute a
    where a.attrelid = source and a.attname = c.name and a.attnum > 0 and not a.attisdropped and a.attgenerated <> 'v');
  if statement is not null then
    raise exception '% has no column %, or it is a virtual one', source, statement using errcode = 'undefined_column',
      hint = 'its columns are: ' || (select string_agg(a.attname, ', ' order by a.attnum) from pg_attribute a where a.attrelid = source and a.attnum > 0 and not a.attisdropped);
  end if;
  perform ltd.guard(source, null, true);
  made.filter_columns := '{}';
  if filter is not null then
    -- Postgres parses it, as the predicate of an index on an empty copy of the table, so that it cannot be anything but a condition on a row;
    -- before that as a cursor, which takes one statement only
    execute format('create temporary table ltd_filter (like %s) on commit drop', source);
    begin
      open checked for execute format('select from pg_temp.ltd_filter where (%s%s)', filter, chr(10));
      close checked;
      execute format('create index ltd_filter_idx on pg_temp.ltd_filter ((1)) where (%s%s)', filter, chr(10));
    exception when others then
      raise exception 'the condition % cannot choose the rows of %: %', filter, source, sqlerrm using errcode = 'invalid_parameter_value',
        hint = 'give one condition over columns, as after WHERE';
    end;
    select pg_get_expr(i.indpred, i.indrelid), i.indpred::text into made.filter, tree
    from pg_index i where i.indexrelid = 'pg_temp.ltd_filter_idx'::regclass;
    -- attributes of the copy have the numbers without dropped columns
    select array_agg(a.attname::text order by a.attnum) into made.filter_columns
    from pg_attribute a
    where a.attrelid = 'pg_temp.ltd_filter'::regclass and a.attnum in (select m.parts[1]::integer from regexp_matches(tree, ':varattno (\d+)', 'g') as m (parts));
    drop table pg_temp.ltd_filter;
    -- 0 is the whole row
    if made.filter_columns is null or tree ~ ':varattno 0\M' then
      raise exception 'the condition % names no column, or the whole row', filter using errcode = 'invalid_parameter_value';
    end if;
  end if;
  -- indexes are made and dropped one after another
  perform pg_advisory_xact_lock(hashtextextended('ltd.indexes', 0));
  if exists (select from ltd.index i where i.name = index_name) then
    raise exception 'there is an index % already', index_name using errcode = 'duplicate_object', hint = 'choose another name: index_name => ''faq_2''';
  end if;
  if exists (select from ltd.front f where f.name = index_name) then
    raise exception 'there is a front % in this database', index_name using errcode = 'duplicate_object', hint = 'choose another name: index_name => ''faq_2''';
  end if;
  if exists (
    select from ltd.kept k where k.index_name = add.index_name and k.key_types <> made.key_types
      and exists (select from ltd.alias a where a.index_name = k.index_name union all select from ltd.negative n where n.index_name = k.index_name)) then
    raise exception 'the aliases that were kept of % are of rows with another key', index_name using errcode = 'datatype_mismatch',
      hint = format('delete them: select ltd.remove(%L)', index_name);
  end if;
  made.id := nextval('ltd.index_id_seq');
  execute ltd.filled('indexes/add-index', '{}') using made.id, index_name, source::text, relation.nspname, relation.relname, made.key_columns, made.key_types,
    template, made.columns, student.model_id, 'statement', made.filter, made.filter_columns, null::text, null::text, false, halfvec;
  execute ltd.filled('indexes/take-kept', '{}') using made.id;
  select i.* into made from ltd.index i where i.id = made.id;
  parts := ltd.index_parts(made);
  select string_agg(format('%s %s%s not null', ltd.quoted(case when cardinality(made.key_columns) = 1 then 'key' else 'key_' || k.place end), k.type,
      (select format(' collate %I.%I', n.nspname, l.collname)
        from pg_attribute a join pg_collation l on l.oid = a.attcollation join pg_namespace n on n.oid = l.collnamespace
        where a.attrelid = source and a.attname = k.name and not l.collisdeterministic)), ', ' order by k.place)
    into key_list
  from unnest(made.key_columns, made.key_types) with ordinality as k (name, type, place);
  execute ltd.filled('entries/create-entry-table', parts || jsonb_build_object('key_columns', key_list, 'vector', case when halfvec then {{halfvec_literal}} else {{vector_literal}} end,
    'dims', (select m.dims from ltd.model m where m.id = made.model_id)));
  execute ltd.filled('entries/secure-entries', parts || jsonb_build_object('source', quote_literal(parts ->> 'table'), 'entry_name', quote_literal(parts ->> 'entry'),
    'index', quote_literal(index_name), 'key', (select 'array[' || string_agg(l.name || '::text', ', ' order by l.place) || ']'
      from string_to_table(parts ->> 'key_names', ', ') with ordinality as l (name, place))));
  execute ltd.filled('entries/create-entry-view', parts || jsonb_build_object('view', '"ltd".' || ltd.quoted('entry_' || index_name),
    'embedding', format('embedding::%s as embedding, ', case when halfvec then {{halfvec_literal}} else {{vector_literal}} end)));
  foreach statement in array ltd.capture_statements(made) loop
    execute statement;
  end loop;
  if immediate then
    update ltd.index i set immediate_rows = max_rows where i.id = made.id;
    execute ltd.filled('capture/create-at-once', parts);
  end if;
  perform ltd.guard(source, made.filter, true);
  execute ltd.filled('capture/remember-shape', '{}') using made.id;
  execute ltd.filled('capture/enqueue-chunk', parts || jsonb_build_object('source', parts ->> 'careful_source')) using made.id, 2147483647;
  execute ltd.filled('capture/mark-enqueued', '{}') using made.id;
  select count(*) into queued from ltd.queue q where q.index_id = made.id;
  return queued;
end
$function$
