-- Fills a generation with the entries of another one of the same model. Entries to check again are marked by a time before all others:
-- they have a word with different weights, may be segmented differently, their row has changed, or they have aliases or negative questions, whose
-- words are not checked here.
-- parameters: $1 index_id integer (copied from), $2 index_id integer (copied to), $3 tsquery: the entries that may be segmented differently,
--   null: all
insert into {{to}} ({{key_names}}, content_hash, embedding, truncated, words, updated_at)
with changed as materialized (
  select word
  from (select word, idf, frequency from ltd.weight where index_id = $1) before
  full join (select word, idf, frequency from ltd.weight where index_id = $2) after using (word)
  where (before.idf, before.frequency) is distinct from (after.idf, after.frequency)
),
-- what the other generation has not come to: queued, or logged and not yet queued
queued as (
  select key
  from ltd.queue
  where index_id = $1
  union
  select array[{{parts}}] collate "C"
  from {{change}} c, unnest({{key_lists}}) as k ({{parts}})
  where ({{parts}}) is not null
),
worded as (
  select a.key
  from ltd.alias a
  join ltd.index i on i.name = a.index_name
  where i.id = $1
  union
  select n.key
  from ltd.negative n
  join ltd.index i on i.name = n.index_name
  where i.id = $1
),
truncated as materialized (
  select exists (select from {{change}} where {{first_key}} is null or {{first_key}} = '{}') as holds
)
select
  {{entry_keys}},
  e.content_hash,
  e.embedding,
  e.truncated,
  e.words,
  case
    when q.key is null
      and w.key is null
      and not (select holds from truncated)
      and not coalesce(e.words @@ $3::tsquery, true)
      and not exists (
        select from unnest(e.words) as w (lexeme, positions, weights)
        where w.lexeme collate "C" in (select word from changed)
      )
    then e.updated_at
    else '-infinity'
  end
from {{from}} e
left join queued q on q.key = {{entry_key}} collate "C"
left join worded w on w.key = {{entry_key}} collate "C"
union all
-- rows that the other generation has not come to
select {{queued_keys}}, '', null, false, '', '-infinity'
from queued q
where not exists (select from {{from}} e where {{entry_key}} collate "C" = q.key)
