-- Looks at a database before the file of `ltd-index sql dump` changes it: whether it is in UTF8, has pgvector or lets the role make it, lets the role make
-- schema ltd, and whether that schema is none of a newer version. It holds the locks of a migration and of the functions until the end.
do $do$
declare
  installed text;
  vector_schema text;
  newest integer;
  changed text;
begin
  if current_setting('server_version_num')::integer < 150000 then
    raise exception 'this server is PostgreSQL %; 15 or newer is needed', current_setting('server_version') using errcode = 'feature_not_supported';
  end if;
  if getdatabaseencoding() <> 'UTF8' then
    raise exception 'the database is in %: its functions cannot normalise Chinese text', getdatabaseencoding()
      using errcode = 'feature_not_supported', hint = 'use a database in UTF8';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('ltd.migration', 0)), pg_advisory_xact_lock(hashtextextended('ltd.sql', 0));
  if not exists (select from pg_extension e where e.extname = 'vector') then
    if not exists (select from pg_available_extensions a where a.name = 'vector') then
      raise exception 'this server has no pgvector' using errcode = 'undefined_object', hint = 'install pgvector 0.8 or newer on the server';
    end if;
    begin
      -- where the role puts what it makes
      set local search_path to default;
      create extension vector;
      set local search_path = pg_catalog, pg_temp;
    exception when insufficient_privilege then
      raise exception 'this role may not create the extension vector' using errcode = 'insufficient_privilege',
        hint = 'let a superuser or the owner of the database run "create extension vector", then run the file again';
    end;
  end if;
  select e.extversion, n.nspname into installed, vector_schema
  from pg_extension e join pg_namespace n on n.oid = e.extnamespace
  where e.extname = 'vector';
  if string_to_array(regexp_replace(installed, '[^0-9.].*', ''), '.')::integer[] < array[0, 8, 0] then
    raise exception 'the database has pgvector %; 0.8.0 or newer is needed', installed using errcode = 'feature_not_supported',
      hint = 'run "alter extension vector update" as its owner, or upgrade pgvector';
  end if;
  if vector_schema ~ '[''"\\]' then
    raise exception 'pgvector lives in the schema %, whose name has a quote or a backslash', vector_schema using errcode = 'invalid_name',
      hint = 'move it: alter extension vector set schema public';
  end if;
  if {{is_file}} and exists (select from pg_extension e where e.extname = 'ltd_index') then
    raise exception 'schema ltd of this database belongs to the extension ltd_index' using errcode = 'object_in_use',
      hint = 'upgrade it: alter extension ltd_index update';
  end if;
  if to_regclass('ltd.migration') is not null then
    if not pg_has_role((select n.nspowner from pg_namespace n where n.nspname = 'ltd'), 'usage') then
      raise exception 'schema ltd belongs to the role %', (select n.nspowner::regrole from pg_namespace n where n.nspname = 'ltd')
        using errcode = 'insufficient_privilege', hint = 'run the file as that role';
    end if;
    select max(m.version) into newest from ltd.migration m;
    if newest > {{newest}} then
      raise exception 'the database has version % of schema ltd, this file has {{newest}}', newest using errcode = 'feature_not_supported',
        hint = 'take the file of a newer ltd-index';
    end if;
    select m.name into changed
    from ltd.migration m
    where not m.sha256 = any (array[{{hashes}}])
    limit 1;
    if found then
      raise exception 'migration % was changed after it had been applied to this database', changed using errcode = 'feature_not_supported',
        hint = 'use a released version of ltd-index: applied migrations never change';
    end if;
  elsif to_regnamespace('ltd') is not null then
    if not has_schema_privilege('ltd', 'create') then
      raise exception 'this role may not create tables in schema ltd' using errcode = 'insufficient_privilege',
        hint = format('let an administrator run: alter schema ltd owner to %I', current_user);
    end if;
    if exists (select from pg_class c where c.relnamespace = 'ltd'::regnamespace) then
      raise exception 'there is a schema ltd already that is not of ltd-index' using errcode = 'duplicate_schema', hint = 'rename or drop it';
    end if;
  elsif not has_database_privilege(current_database(), 'create') then
    raise exception 'this role may not create the schema ltd in the database %', current_database() using errcode = 'insufficient_privilege',
      hint = format('let an administrator run: create schema ltd authorization %I', current_user);
  end if;
end
$do$
