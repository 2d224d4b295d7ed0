-- What ltd.match asks: the live generation of an index, or a front, which has no id. An error for a front whose questions cannot be embedded here.
create or replace function ltd.asked_index(index_name text) returns ltd.index
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
declare
  front ltd.front;
  asked ltd.index;
begin
  select f.* into front from ltd.front f where f.name = index_name;
  if not found then
    return ltd.live_index(index_name);
  end if;
  if front.fingerprint ->> 'weights' <> '' then
    raise exception 'the shards of % have word weights, with which only the program can ask all of them', index_name
      using errcode = 'feature_not_supported', hint = format('run `ltd-index match %s`, or ask each shard', index_name);
  end if;
  asked.name := index_name;
  asked.model_id := front.fingerprint ->> 'model';
  asked.template := front.fingerprint ->> 'template';
  if exists (select from ltd.model m where m.id = asked.model_id and m.sha256 <> front.fingerprint ->> 'modelChecksum') then
    raise exception 'the shards of % have vectors of another model with the id %', index_name, asked.model_id
      using errcode = 'object_not_in_prerequisite_state', hint = 'use the version of ltd-index that the shards were filled with';
  end if;
  return asked;
end
$function$
