-- Removes an HNSW index whose build was cut off.
drop index if exists {{name}}
