-- Drops an index of the entries: its build was interrupted, or a load is faster without it.
drop index if exists {{name}}
