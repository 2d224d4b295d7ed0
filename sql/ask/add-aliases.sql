-- Adds aliases to rows. An alias that the row has already gets the new spelling of the question; one of another row is left alone.
-- parameters: $1 index_name text, $2 aliases text[], $3 questions text[], $4 keys as JSON arrays of text, text[]
-- columns: alias text (those that were written)
insert into ltd.alias as a (index_name, alias, question, key)
select $1, n.alias, n.question, array(select jsonb_array_elements_text(n.key::jsonb))
from unnest($2::text[], $3::text[], $4::text[]) as n (alias, question, key)
on conflict (index_name, alias) do update set question = excluded.question
where a.key = excluded.key
returning a.alias
