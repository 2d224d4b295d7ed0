-- Loads the trees of a judge.
-- parameters: $1 jsonb (array of objects with the columns of the table)
insert into {{table}}
select given.tree, given.feature, given.threshold, given.left_child, given.right_child, given.value
from jsonb_to_recordset($1::jsonb) as given (
  tree integer, feature integer[], threshold double precision[], left_child integer[], right_child integer[], value double precision[])
