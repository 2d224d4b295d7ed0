-- Keeps long lists of keys as they are: compressing them would cost the writer more than writing them.
alter table {{change}} {{actions}}
