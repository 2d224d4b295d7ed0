-- The rows of an index as a front reads them by postgres_fdw: the nearest by `order by embedding <=> … limit k`, or those of an alias. It reads with the rights
-- of the caller. See sql/functions/front-rows.sql.
-- columns: alias text (only of the second view), key text[], embedding vector, row jsonb (see ltd.exact_row), plain jsonb (the row as it is, for filters),
--   values text[] (of the columns of the template), wordings text[] (the aliases of the row), negatives vector[] and own vector[] (of its negative questions and
--   its wordings), state jsonb (what the shards must have in common, and what decides; the same in every row)
create view {{view}} with (security_invoker = true) as
select
  {{alias}}{{key}} as key,
  e.embedding,
  {{row}} as "row",
  to_jsonb(s.*) as plain,
  {{values}} as "values",
  array(
    select a.question from ltd.alias a where a.index_name = {{name}} and a.key = {{key}} collate "C" order by a.alias
  ) as wordings,
  array(
    select v.embedding::{{vector}} from ltd.wording_vector v
    where v.index_id = (select i.id from ltd.index i where i.name = {{name}} and i.state = 'live') and v.key = {{key}} collate "C" and v.is_negative
  ) as negatives,
  array(
    select v.embedding::{{vector}} from ltd.wording_vector v
    where v.index_id = (select i.id from ltd.index i where i.name = {{name}} and i.state = 'live') and v.key = {{key}} collate "C" and not v.is_negative
  ) as own,
  (
    select jsonb_build_object(
      'model', i.model_id,
      'modelChecksum', m.sha256,
      'template', i.template,
      'key', (
        select string_agg(k.name || ' ' || k.type, ', ' order by k.place)
        from unnest(i.key_columns, i.key_types) with ordinality as k (name, type, place)
      ),
      'isWeighed', exists (select from ltd.weight w where w.index_id = i.id),
      'exact', {{exact}},
      'columns', i.columns,
      'answer_threshold', i.answer_threshold,
      'suggest_threshold', i.suggest_threshold,
      'answer_margin', i.answer_margin,
      'judge_slope', i.judge_slope,
      'judge_offset', i.judge_offset)
    from ltd.index i
    join ltd.model m on m.id = i.model_id
    where i.name = {{name}} and i.state = 'live'
  ) as state
from {{entries}}
join {{source}} s on {{same_key}}
where e.embedding is not null
