-- The pgvector of this database and the one that the server could install.
-- columns: installed text (version or null), schema text (of the installed one), available text (version or null)
select
  (select e.extversion from pg_catalog.pg_extension e where e.extname = 'vector') as installed,
  (
    select n.nspname
    from pg_catalog.pg_extension e
    join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'vector'
  ) as schema,
  (select a.default_version from pg_catalog.pg_available_extensions a where a.name = 'vector') as available
