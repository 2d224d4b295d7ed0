-- The rows that have these questions as aliases, with the distance of their vectors to those of the questions.
-- parameters: $1 aliases text[], $2 vectors text[], one each, $3 filter jsonb (what a row as JSON must contain) or null, $4 index_name text
-- columns: alias text, key text[], distance double precision, row jsonb
select a.alias, {{key}} as key, e.embedding {{operator}} q.vector::{{vector}} as distance, to_jsonb(s.*) as row
from unnest($1::text[], $2::text[]) as q (alias, vector)
join ltd.alias a on a.index_name = $4 and a.alias = q.alias
join {{entries}} e on {{alias_key}}
join {{rows}} s on {{same_key}}
where e.embedding is not null and {{is_live}}
