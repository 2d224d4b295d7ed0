-- Keeps the thresholds of a generation and what was measured for them; all null: those of the model.
-- parameters: $1 index_id integer, $2 answer_threshold float or null, $3 suggest_threshold float or null, $4 answer_margin float or null,
--   $5 calibration jsonb or null
update ltd.index
set answer_threshold = $2, suggest_threshold = $3, answer_margin = $4, calibration = $5
where id = $1
