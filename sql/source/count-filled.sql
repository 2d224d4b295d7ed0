-- How many columns of some rows of a source, mapped or not, are neither null nor an empty text.
-- parameters: $1 … the keys, an array a key column
-- columns: key text[], filled integer
select
  {{key}} as key,
  -- a bare s would be the column of that name where the table has one
  (select count(*)::integer from jsonb_each_text(to_jsonb(s.*)) as c (name, value) where c.value <> '') as filled
from {{wanted}}
join {{source}} s on {{same_key}}
