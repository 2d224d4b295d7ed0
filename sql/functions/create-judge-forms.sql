-- The lexicon of a student's judge: each form with its members (kind * 1000000 + entry * 1000 + member) and the entries whose members exclude each other.
create table {{table}} (
  form text collate "C" primary key,
  members integer[] not null,
  entries integer[] not null,
  is_filler boolean not null
)
