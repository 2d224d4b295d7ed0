-- Opens a cursor over every key of the source table and of the entries, side by side. Keys that are queued or
-- logged are left out: they are not wrong; nor are entries without a row while the log says that the table was truncated.
declare ltd_comparison no scroll cursor for
select
  -- an empty array, where a table has no key of this value, is not null: both sides are told apart by their flags
  case when s.here then {{source_key}} else {{entry_key}} end as key,
  s.here is not null as "inSource",
  e.here is not null as "inEntries",
  s.values,
  e.content_hash as "contentHash",
  e.dims
from (select {{key_columns}}, {{values}} as values, true as here from {{source}} s offset 0) s
full join (
  -- offset 0: the vectors themselves do not travel through the join
  select {{key_names}}, content_hash, {{vector_schema}}.vector_dims(embedding) as dims, true as here from {{entry}} e offset 0
) e on {{same_key}}
where not exists (
  select
  from ltd.queue q
  where q.index_id = {{id}} and q.key = case when s.here then {{source_key}} else {{entry_key}} end collate "C"
)
and not exists (
  select
  from {{change}} c, unnest({{key_lists}}) as k ({{parts}})
  where array[{{parts}}] collate "C" = case when s.here then {{source_key}} else {{entry_key}} end collate "C"
)
and (s.here or not exists (select from {{change}} c where c.{{first_key}} is null))
