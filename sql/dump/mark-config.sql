-- Says what pg_dump writes of the extension ltd_index: the rows that its script does not make. Of models and their words, those of models it does not hold.
do $do$
declare
  each record;
begin
  for each in
    select c.oid, c.relname
    from pg_extension e
    join pg_depend d on d.refclassid = 'pg_extension'::regclass and d.refobjid = e.oid and d.deptype = 'e' and d.classid = 'pg_class'::regclass
    join pg_class c on c.oid = d.objid
    where e.extname = 'ltd_index' and c.relkind in ('r', 'S') and c.relname !~ '^student(_|$)' and c.relname <> 'migration'
  loop
    perform pg_extension_config_dump(each.oid, case each.relname
      when 'model' then {{other_models}}
      when 'word' then {{other_words}}
      else ''
    end);
  end loop;
end
$do$
