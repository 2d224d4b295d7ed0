-- Removes an index of the entries: its build was cut off, or a load is faster without.
drop index if exists {{name}}
