-- Restores the weights and thresholds kept of a removed index of the same name, if any. The numbers of generations continue, so that
-- a calibration still names its generation. Thresholds of another model are not restored: they would mean something else.
-- parameters: $1 index_id integer
with kept as (
  delete from ltd.kept k
  using ltd.index i
  where i.id = $1 and k.index_name = i.name
  returning k.*
), taken as (
  insert into ltd.weight (index_id, word, idf, frequency, fitted)
  select $1, w.word, w.idf, w.frequency, w.fitted
  from kept k
  join ltd.kept_weight w on w.index_name = k.index_name
)
update ltd.index i
set
  generation = k.generation + case when k.model_id = i.model_id then 0 else 1 end,
  answer_threshold = case when k.model_id = i.model_id then k.answer_threshold end,
  suggest_threshold = case when k.model_id = i.model_id then k.suggest_threshold end,
  answer_margin = case when k.model_id = i.model_id then k.answer_margin end,
  judge_slope = case when k.model_id = i.model_id then k.judge_slope end,
  judge_offset = case when k.model_id = i.model_id then k.judge_offset end,
  calibration = k.calibration
from kept k
where i.id = $1
