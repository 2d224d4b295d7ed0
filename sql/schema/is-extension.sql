-- Whether schema ltd belongs to the extension ltd_index, whose scripts alone may change it.
-- columns: "isExtension" boolean
select exists (select from pg_catalog.pg_extension e where e.extname = 'ltd_index') as "isExtension"
