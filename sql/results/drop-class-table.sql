-- Takes away what a classifier has said.
drop table if exists {{table}}
