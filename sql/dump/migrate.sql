-- Applies a migration that the database has not seen.
do $outer$
declare
  migration text := {{text}};
begin
  if to_regclass('ltd.migration') is not null then
    if exists (select from ltd.migration m where m.version = {{version}}) then
      return;
    end if;
  end if;
  -- an administrator may have made the schema for a role that may make none
  if to_regnamespace('ltd') is not null then
    migration := replace(migration, 'create schema ltd;', '');
  end if;
  execute migration;
  insert into ltd.migration (version, name, sha256) values ({{version}}, {{name}}, {{sha256}});
end
$outer$
