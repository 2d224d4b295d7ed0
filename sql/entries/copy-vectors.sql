-- Sends the keys of an index's entries as text, their vectors and what else is asked for, in the order of the keys, without rows that have no vector.
copy (
  select {{columns}}
  from {{entries}} e
  where e.embedding is not null and {{condition}}
  order by {{key_names}}
) to stdout (format binary)
