-- A view of sql/shards/create-near-view.sql, from the front.
create foreign table {{table}} (
  {{alias}}key text[], embedding {{vector}}, "row" jsonb, plain jsonb, "values" text[], wordings text[], negatives {{vector}}[], own {{vector}}[], state jsonb
) server {{server}} options (schema_name 'ltd', table_name {{view}})
