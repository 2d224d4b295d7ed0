-- Keeps numbers in their rows, never out of line.
alter table {{table}}
{{actions}}
