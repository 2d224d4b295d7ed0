-- Keeps weights and thresholds of a live generation that is about to be dropped, by the name of its index.
-- parameters: $1 index_id integer
with kept as (
  insert into ltd.kept (
    index_name, key_types, model_id, generation, answer_threshold, suggest_threshold, answer_margin, calibration,
    judge_slope, judge_offset
  )
  select i.name, i.key_types, i.model_id, i.generation, i.answer_threshold, i.suggest_threshold, i.answer_margin, i.calibration,
    i.judge_slope, i.judge_offset
  from ltd.index i
  where i.id = $1
  returning index_name
)
insert into ltd.kept_weight (index_name, word, idf, frequency, fitted)
select k.index_name, w.word, w.idf, w.frequency, w.fitted
from kept k
join ltd.weight w on w.index_id = $1
