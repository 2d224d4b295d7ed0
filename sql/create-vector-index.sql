-- Builds the HNSW index of an index's entries.
create index if not exists {{name}} on {{entry}} using hnsw (embedding {{vector_schema}}.vector_cosine_ops)
with (m = 16, ef_construction = 64)
