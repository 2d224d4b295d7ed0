-- The judge: a chance that the first row is right takes the place of a similarity. Thresholds of an index are chances in [0, 1] from now on: those
-- that were stored as similarities would mean something else, so that they are forgotten; `ltd-index calibrate` finds new ones.
update ltd.index
set answer_threshold = null, suggest_threshold = null, answer_margin = null, calibration = null
where answer_threshold is not null or suggest_threshold is not null or answer_margin is not null or calibration is not null;

-- Students that were installed before have no judge and compare similarities, until they are installed again.
alter table ltd.student add column has_judge boolean not null default false;
