-- A table of numbers of a student, a row a unit, character or word.
create table {{table}} (
  {{key}} not null primary key,
  {{vectors}}
)
