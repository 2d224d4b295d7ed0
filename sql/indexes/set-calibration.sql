-- Stores the thresholds of a generation and what was measured for them; all null: those of the model.
-- parameters: $1 index_id integer, $2 answer_threshold float or null, $3 suggest_threshold float or null, $4 answer_margin float or null,
--   $5 calibration jsonb or null, $6 judge_slope float or null, $7 judge_offset float or null
update ltd.index
set answer_threshold = $2, suggest_threshold = $3, answer_margin = $4, calibration = $5, judge_slope = $6, judge_offset = $7
where id = $1
