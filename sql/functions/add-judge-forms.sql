-- Loads the lexicon of a judge.
-- parameters: $1 jsonb (array of objects with the columns of the table)
insert into {{table}}
select given.form, given.members, given.entries, given.is_filler
from jsonb_to_recordset($1::jsonb) as given (form text, members integer[], entries integer[], is_filler boolean)
