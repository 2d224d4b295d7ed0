-- the view of an index of that name
drop view if exists ltd.alias;

-- Further questions that a row answers: asked so, it is found before all others. By index name, so that they outlive generations.
create table ltd.alias (
  index_name text collate "C" not null,
  -- letters and digits of the normalised question
  alias text collate "C" not null,
  -- as it was given
  question text not null,
  key text[] collate "C" not null,
  created_at timestamptz not null default now(),
  primary key (index_name, alias)
);

-- The words of an entry have its pairs of characters beside them from now on. All entries are queued, and written again by the next sync.
do $do$
declare
  i record;
begin
  for i in
    select id, (
      select string_agg(case cardinality(key_columns) when 1 then 'key' else 'key_' || n end || '::text', ', ' order by n)
      from generate_series(1, cardinality(key_columns)) n
    ) as parts
    from ltd.index
  loop
    execute format(
      'insert into ltd.queue (index_id, key) select %s, array[%s] from ltd.%I on conflict do nothing',
      i.id, i.parts, 'entry_' || i.id);
  end loop;
end
$do$;
