-- The trees of a student's judge, an element of each array a node: which feature (from 0; -1: a leaf), up to which value to go left, the children
-- (from 0), and what a leaf adds to the log odds.
create table {{table}} (
  tree integer primary key,
  feature integer[] not null,
  threshold double precision[] not null,
  left_child integer[] not null,
  right_child integer[] not null,
  value double precision[] not null
)
