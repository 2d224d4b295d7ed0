-- Adds the column for an index's vectors to its source table.
alter table {{source}} add column {{column}} {{vector}}({{dims}})
