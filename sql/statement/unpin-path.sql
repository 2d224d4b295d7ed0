-- Restores the original search_path of a transaction, for a condition of the user's.
-- columns: none that is read
select pg_catalog.set_config('search_path', pg_catalog.current_setting('ltd.search_path'), true)
