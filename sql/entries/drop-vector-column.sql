-- Takes the column of an index's vectors away from its source table.
alter table {{source}} drop column if exists {{column}}
