-- Settings of one nearest-neighbour query, which end with its transaction, and the present state of the index.
-- parameters: $1 ef_search text, $2 index_id integer, $3 alias text (letters and digits of a question) or null, $4 explain boolean
-- columns: the settings as they are now, and once while the generation is there: state text, "answerThreshold", "suggestThreshold", "answerMargin",
--   "judgeSlope", "judgeOffset" double precision, "isAlias" boolean (whether a row has the alias), calibration jsonb (without its report; null unless $4),
--   "logSample" double precision (share of the questions that the log keeps; null: it is off)
select
  -- a condition of the user must not write
  set_config('transaction_read_only', 'on', true),
  set_config('hnsw.ef_search', $1, true),
  -- goes on past ef_search until enough rows are found whose source row still exists and passes the filter, whatever it takes
  set_config('hnsw.iterative_scan', 'strict_order', true),
  set_config('hnsw.max_scan_tuples', '2147483647', true),
  set_config('hnsw.scan_mem_multiplier', '16', true),
  i.state,
  i.answer_threshold as "answerThreshold",
  i.suggest_threshold as "suggestThreshold",
  i.answer_margin as "answerMargin",
  i.judge_slope as "judgeSlope",
  i.judge_offset as "judgeOffset",
  case when $4::boolean then i.calibration - 'report' end as calibration,
  case when (i.question_log ->> 'on')::boolean then (i.question_log ->> 'sample')::double precision end as "logSample",
  exists (select from ltd.alias a where a.index_name = i.name and a.alias = $3) as "isAlias"
from ltd.index i
where i.id = $2
