-- Gives a transaction the search_path back that it had, for a condition of the user's.
-- columns: none that is read
select pg_catalog.set_config('search_path', pg_catalog.current_setting('ltd.search_path'), true)
