-- The properties and settings of a server that an index depends on.
-- columns: version text, "versionNumber" integer, encoding text, "inRecovery" boolean, "readOnly" boolean, "replicationRole" text,
--   "sharedBuffers" text, "maintenanceMemory" text, "maintenanceBytes" float8, "workMemory" text, "parallelWorkers" integer, role text,
--   "isSuperuser" boolean, "mayCreate" boolean (a schema in this database), "mayReadKept" boolean, limits text[] (those that the role has for its statements, with their
--   values: our own work sets them aside)
select
  current_setting('server_version') as version,
  current_setting('server_version_num')::integer as "versionNumber",
  current_setting('server_encoding') as encoding,
  pg_catalog.pg_is_in_recovery() as "inRecovery",
  current_setting('default_transaction_read_only')::boolean as "readOnly",
  current_setting('session_replication_role') as "replicationRole",
  current_setting('shared_buffers') as "sharedBuffers",
  current_setting('maintenance_work_mem') as "maintenanceMemory",
  pg_size_bytes(current_setting('maintenance_work_mem'))::float8 as "maintenanceBytes",
  current_setting('work_mem') as "workMemory",
  current_setting('max_parallel_maintenance_workers')::integer as "parallelWorkers",
  current_user::text as role,
  (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user) as "isSuperuser",
  has_database_privilege(current_database(), 'create') as "mayCreate",
  coalesce(has_table_privilege(to_regclass('ltd.kept'), 'select'), false) as "mayReadKept",
  array(
    select s.name || ' is ' || s.reset_val || s.unit
    from pg_catalog.pg_settings s
    where s.name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout') and s.reset_val <> '0'
    order by s.name desc
  ) as limits
