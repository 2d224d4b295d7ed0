-- Builds the HNSW index of an index's entries.
create index if not exists {{name}} on {{table}} using hnsw ({{column}} {{operators}})
with (m = 16, ef_construction = 64)
