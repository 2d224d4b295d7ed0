-- Whether the shape of an index's source has changed since its rows were last queued.
-- parameters: $1 index_id integer
-- columns: "hasChanged" boolean
select i.shape <> ltd.shape(i.source, i.key_columns || i.columns || i.filter_columns) as "hasChanged"
from ltd.index i
where i.id = $1
