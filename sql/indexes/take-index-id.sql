-- Takes the number of a new index.
-- columns: id integer
select pg_catalog.nextval('ltd.index_id_seq')::integer as id
