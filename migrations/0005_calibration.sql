-- How far the nearest row must be before the second to be the answer (null: 0), and what `calibrate` measured: for which generation and
-- model, how many questions, the precision at each threshold.
alter table ltd.index
  add column answer_margin double precision check (answer_margin >= 0),
  add column calibration jsonb;
