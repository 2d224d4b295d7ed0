-- What a table makes of the judge's chances: log odds here = slope * log odds of the judge + offset; null: the judge as it is. `ltd-index calibrate`
-- fits them to labelled questions.
alter table ltd.index
  add column judge_slope double precision check (judge_slope > 0),
  add column judge_offset double precision;

alter table ltd.kept
  add column judge_slope double precision,
  add column judge_offset double precision;
