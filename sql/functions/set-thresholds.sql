-- Sets the thresholds of an index by hand: chances from 0 to 1 (cosines for a model without a judge). Both null: those of the model again.
create or replace function ltd.set_thresholds(index_name text, answer double precision, suggest double precision) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  live constant ltd.index := ltd.live_index(index_name);
begin
  if (answer is null) <> (suggest is null) or not coalesce(answer between 0 and 1 and suggest between 0 and 1 and suggest <= answer, true) then
    raise exception 'answer is % and suggest is %, but both must be from 0 to 1, and suggest not above answer', coalesce(answer::text, 'null'),
      coalesce(suggest::text, 'null') using errcode = 'invalid_parameter_value';
  end if;
  execute ltd.filled('indexes/set-calibration', '{}') using live.id, answer, suggest, null::double precision, null::jsonb, null::double precision, null::double precision;
end
$function$
