-- Drops the column of an index's vectors from its source table.
alter table {{source}} drop column if exists {{column}}
