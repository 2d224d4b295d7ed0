-- A table of numbers of a student, a row a unit, character, word or direction.
create table {{table}} (
  {{key}} not null primary key,
  {{vectors}}
)
