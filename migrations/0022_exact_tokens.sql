-- The words of an entry have the exact tokens of its text from now on: names, codes and numbers as a whole. Of all generations, the rows whose words have a
-- Latin letter or a digit are queued, and their hash is forgotten: the next sync writes their entries again. All others stay as they are.
do $do$
declare
  i record;
begin
  for i in
    select id, (
      select string_agg(format('ltd.key_text(%s)', case cardinality(key_columns) when 1 then 'key' else 'key_' || n end), ', ' order by n)
      from generate_series(1, cardinality(key_columns)) n
    ) as parts
    from ltd.index
  loop
    execute format(
      $sql$
        with changed as (
          update ltd.%1$I e
          set content_hash = ''
          where array_to_string(tsvector_to_array(e.words), ' ') collate "C" ~ '[a-z0-9ß-öø-ɏ]'
          returning e.*
        )
        insert into ltd.queue as q (index_id, key)
        select %2$s, array[%3$s] from changed
        on conflict (index_id, key) do update
        set
          version = excluded.version,
          attempts = 0,
          not_before = excluded.not_before,
          leased_until = null,
          failed_at = null,
          last_error = null
      $sql$,
      'entry_' || i.id, i.id, i.parts);
  end loop;
end
$do$;
