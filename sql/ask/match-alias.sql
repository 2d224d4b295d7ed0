-- The row that has a question as an alias, with the distance of its vector to that of the question.
-- parameters: $1 alias text, $2 vector, as text, $3 filter jsonb (what a row as JSON must contain) or null, $4 index_name text
-- columns: key text[], distance double precision, row jsonb (see ltd.exact_row), values text[] (of the columns of the template)
select {{key}} as key, e.embedding {{operator}} $2::{{vector}} as distance, {{row}} as row,
  {{values}} as values
from ltd.alias a
join {{entries}} e on {{alias_key}}
join {{rows}} s on {{same_key}}
where a.index_name = $4 and a.alias = $1 and e.embedding is not null and {{is_live}}
