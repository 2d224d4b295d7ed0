-- Lets a trigger fire for replicated changes too (always), or for these only (replica).
alter table {{source}} enable {{when}} trigger {{name}}
