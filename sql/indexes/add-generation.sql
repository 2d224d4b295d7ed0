-- Records a generation that is to be built beside another one of its index: the same in everything but model and thresholds.
-- parameters: $1 index_id integer (of the other one), $2 model_id text
-- columns: id integer
insert into ltd.index overriding system value
select made.*
from ltd.index i
cross join lateral jsonb_populate_record(
  i,
  jsonb_build_object(
    'id', nextval(pg_get_serial_sequence('ltd.index', 'id')),
    'generation', (select max(n.generation) + 1 from ltd.index n where n.name = i.name),
    'state', 'building',
    'model_id', $2::text,
    'enqueued_at', null,
    'created_at', now()
  )
  -- a chance means something else to another model
  || case when i.model_id = $2 then '{}' else
    '{"answer_threshold": null, "suggest_threshold": null, "answer_margin": null, "judge_slope": null, "judge_offset": null}'::jsonb end
) as made
where i.id = $1
returning id
