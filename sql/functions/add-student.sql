-- Records a student that is being installed.
-- parameters: $1 jsonb (object with the fields that are listed)
-- columns: id integer
insert into ltd.student
  (model_id, max_chars, smoothing, total, rarest, longest, unknown_idf, answer_threshold, suggest_threshold, functions, has_judge)
select
  given.model_id, given.max_chars, given.smoothing, given.total, given.rarest, given.longest, given.unknown_idf,
  given.answer_threshold, given.suggest_threshold, given.functions, given.has_judge
from jsonb_populate_record(null::ltd.student, $1::jsonb) given
returning id
