-- Removes an index: triggers, entries, queue, clusters and classes; the table is left as it was. Its aliases, negative questions, word weights and thresholds are
-- deleted too, or with keep kept for the next ltd.add of this name. As src/db/indexes/index-store.ts.
create or replace function ltd.remove(index_name text, keep boolean default false) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set lock_timeout = '5s'
-- no word on views that do not exist
set client_min_messages = 'warning'
as $function$
declare
  generation ltd.index;
  each record;
  is_kept boolean;
begin
  perform pg_advisory_xact_lock(hashtextextended('ltd.indexes', 0));
  if exists (select from ltd.kept k where k.index_name = remove.index_name) and not keep then
    delete from ltd.alias a where a.index_name = remove.index_name;
    delete from ltd.negative n where n.index_name = remove.index_name;
    execute ltd.filled('loop/delete-curations', '{}') using index_name;
    delete from ltd.kept k where k.index_name = remove.index_name;
    return;
  end if;
  generation := ltd.live_index(index_name);
  if generation.vector_column is not null then
    raise exception 'the index % keeps its vectors in a column of its table, which only the program can work on', index_name
      using errcode = 'feature_not_supported', hint = format('run `ltd-index remove %s`', index_name);
  end if;
  if starts_with(obj_description(to_regclass(format('ltd.%I', index_name)), 'pg_class'), 'rows of the index ') then
    execute format('drop view ltd.%I', index_name);
  end if;
  -- and those of sql/shards/create-near-view.sql
  execute format('drop view if exists ltd.%I, ltd.%I, ltd.%I', index_name || '.rows', index_name || '.aliases', 'entry_' || index_name);
  for each in select c.name from ltd.classifier c where c.index_name = remove.index_name loop
    execute format('drop table if exists ltd.%I', 'class_' || each.name);
    delete from ltd.classifier c where c.name = each.name;
  end loop;
  is_kept := keep and (generation.answer_threshold is not null or generation.suggest_threshold is not null or generation.answer_margin is not null
    or exists (select from ltd.weight w where w.index_id = generation.id)
    or exists (select from ltd.alias a where a.index_name = remove.index_name)
    or exists (select from ltd.negative n where n.index_name = remove.index_name));
  if is_kept then
    execute ltd.filled('indexes/keep-index', '{}') using generation.id;
  else
    delete from ltd.alias a where a.index_name = remove.index_name;
    delete from ltd.negative n where n.index_name = remove.index_name;
    execute ltd.filled('loop/delete-curations', '{}') using index_name;
  end if;
  for generation in select i.* from ltd.index i where i.name = index_name loop
    for each in
      select t.tgname, t.tgrelid::regclass as source from pg_trigger t
      where t.tgrelid = generation.source and not t.tgisinternal and starts_with(t.tgname::text, 'ltd_' || generation.id || '_')
    loop
      execute format('drop trigger %I on %s', each.tgname, each.source);
    end loop;
    for each in
      select p.oid::regprocedure as name from pg_proc p
      where p.pronamespace = 'ltd'::regnamespace and starts_with(p.proname::text, 'capture_' || generation.id || '_')
    loop
      execute format('drop function %s', each.name);
    end loop;
    execute format('drop table if exists ltd.%I, ltd.%I', 'change_' || generation.id, 'entry_' || generation.id);
    execute ltd.filled('indexes/delete-index', '{}') using generation.id;
  end loop;
  execute ltd.filled('results/drop-clusterings', '{}') using index_name, null::text;
  execute ltd.filled('results/delete-duplicates', '{}') using index_name;
  execute ltd.filled('loop/clear-questions', '{}') using index_name;
end
$function$
