-- Keeps long lists of keys as they are: to compress them would cost the writer more than to write them.
alter table {{change}} {{actions}}
