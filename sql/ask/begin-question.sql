-- Gives a question's transaction the search_path of our own statements, and remembers the one that it had; and limits its wait to 10 s for a lock on
-- its table, unless its role has a limit of its own. It runs with the role's own path: every call and operator in it is qualified.
-- columns: none that is read
select
  pg_catalog.set_config('ltd.search_path', pg_catalog.current_setting('search_path'), true),
  pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true),
  case when pg_catalog.current_setting('lock_timeout') operator(pg_catalog.=) '0'
    then pg_catalog.set_config('lock_timeout', '10s', true) end
