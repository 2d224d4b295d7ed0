-- What lets a database read tables of another server.
create extension if not exists postgres_fdw
