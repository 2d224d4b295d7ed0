-- the views of indexes of these names
drop view if exists ltd.negative;
drop view if exists ltd.wording_vector;

-- Questions that a row does not answer, however near they are to it. By index name, so that they outlive generations.
create table ltd.negative (
  index_name text collate "C" not null,
  key text[] collate "C" not null,
  -- letters and digits of the normalised question
  negative text collate "C" not null,
  -- as it was given
  question text not null,
  created_at timestamptz not null default now(),
  primary key (index_name, negative, key)
);
create index negative_key_idx on ltd.negative (index_name, key);

-- For each generation, the vectors of every wording of the rows that have a negative question: of text and aliases, and of these questions.
create table ltd.wording_vector (
  index_id integer not null references ltd.index on delete cascade,
  key text[] collate "C" not null,
  -- counted from 1 for each row
  number integer not null,
  is_negative boolean not null,
  embedding real[] not null,
  primary key (index_id, key, number)
);

-- As of aliases: who may delete works on all of them, others see those of rows that they see.
alter table ltd.negative enable row level security;
create policy visible on ltd.negative for select
  using ((select has_table_privilege('ltd.negative', 'delete')) or ltd.sees(index_name, key));
create policy added on ltd.negative for insert with check (true);
create policy changed on ltd.negative for update using (true);
create policy removed on ltd.negative for delete using (true);

alter table ltd.wording_vector enable row level security;
create policy visible on ltd.wording_vector for select
  using (
    (select has_table_privilege('ltd.wording_vector', 'delete'))
    or ltd.sees((select i.name from ltd.index i where i.id = index_id), key)
  );
create policy added on ltd.wording_vector for insert with check (true);
create policy changed on ltd.wording_vector for update using (true);
create policy removed on ltd.wording_vector for delete using (true);

create index alias_key_idx on ltd.alias (index_name, key);

-- Aliases enter the meaning of their row from now on: the next sync writes the entries of the rows that have one again.
insert into ltd.queue as q (index_id, key)
select distinct i.id, a.key
from ltd.alias a
join ltd.index i on i.name = a.index_name
on conflict (index_id, key) do update
set
  version = excluded.version,
  attempts = 0,
  not_before = excluded.not_before,
  leased_until = null,
  failed_at = null,
  last_error = null;
