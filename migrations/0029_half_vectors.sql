-- Vectors of half the bytes: pgvector's halfvec in place of vector, for the entries of an index or the column of its table. See docs/generations.md.
alter table ltd.index add column half_vectors boolean not null default false;
