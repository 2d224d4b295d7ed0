-- Lets Postgres check a condition: it must be boolean, use columns of one row only, and depend on nothing else.
create index ltd_filter_idx on pg_temp.ltd_filter ((1))
where {{condition}}
