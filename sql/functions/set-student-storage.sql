-- Says how a student's numbers are stored: plain keeps them in their rows, external out of line without compression.
alter table {{table}}
{{actions}}
