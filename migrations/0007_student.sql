-- The students that `ltd-index sql install` has loaded, one a model: their numbers lie in ltd.student_<id>_*, and ltd.student_<id>() computes.
create table ltd.student (
  id integer generated always as identity primary key,
  model_id text not null unique references ltd.model,
  max_chars integer not null check (max_chars > 0),
  smoothing double precision not null,
  -- sum and least of the frequencies of the model's words, and characters of the longest
  total bigint not null check (total > 0),
  rarest bigint not null check (rarest > 0),
  longest integer not null check (longest > 0),
  unknown_idf double precision not null,
  answer_threshold double precision not null,
  suggest_threshold double precision not null,
  -- SHA-256 of the functions that it was installed with
  functions text not null,
  installed_at timestamptz not null default now()
);
