-- Gives a transaction the search_path of our own statements, and remembers the one that it had. It runs with the role's own: every call in it is
-- qualified.
-- columns: none that is read
select
  pg_catalog.set_config('ltd.search_path', pg_catalog.current_setting('search_path'), true),
  pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true)
