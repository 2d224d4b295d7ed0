-- Lets a trigger fire for replicated changes too.
alter table {{source}} enable always trigger {{name}}
