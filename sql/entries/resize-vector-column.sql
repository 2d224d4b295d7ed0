-- Empties the column of an index's vectors for vectors of another length.
alter table {{source}} alter column {{column}} type {{vector}}({{dims}}) using null
