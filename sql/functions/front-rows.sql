-- The rows of all shards of a front that are nearest to a vector, and the one that has the question as an alias. The branches are foreign scans with a limit each,
-- of the tables that `ltd-index shard fdw` makes, and Postgres waits for all of them at once. An error where a shard cannot be compared with the others.
-- gives: {"hits": [the wanted nearest, as sql/ask/nearest.sql has them], "alias": one or null, "state": of the first shard by name that has a row, else null}
create or replace function ltd.front_rows(front_name text, embedding text, asked text, wanted integer, filter jsonb) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
-- so small a question is slower compiled
set jit = off
as $function$
declare
  operator constant text := {{operator_literal}};
  -- the distance among them: a branch that Postgres has to project is not asked asynchronously
  columns constant text := format(
    'r.key, r.embedding %s $1 as distance, r."row", r."values", r.wordings, r.negatives, r.own, r.state', operator);
  passes constant text := case when filter is null then 'true' else 'r.plain @> $3' end;
  shard text;
  name text;
  branches text[] := '{}';
  state jsonb;
  contained jsonb;
  found jsonb;
  different text;
begin
  for shard in select s.name from ltd.shard s where s.front = front_name order by s.name loop
    name := ltd.shard_table(front_name, shard);
    if to_regclass(format('ltd.%I', name)) is null then
      raise exception 'the shard % of % cannot be asked in SQL yet', shard, front_name
        using errcode = 'undefined_table', hint = format('run `ltd-index shard fdw %s`', front_name);
    end if;
    if filter is not null and contained is null then
      execute format('select r.state from ltd.%I r limit 1', name) into state;
      contained := ltd.exact_filter(filter, array(select jsonb_array_elements_text(state -> 'exact')));
    end if;
    branches := branches
      || format('(select %1$L as shard, false as is_alias, %2$s from ltd.%3$I r where %4$s order by distance limit $2)',
        shard, columns, name, passes)
      || format('(select %1$L as shard, true as is_alias, %2$s from ltd.%3$I r where r.alias = $4 and %4$s)',
        shard, columns, name || '.aliases', passes);
  end loop;
  execute format(
    'with found as materialized (%1$s),
    hit as (
      select f.is_alias, f.distance, jsonb_build_object(
        ''key'', f.key, ''distance'', f.distance, ''row'', f."row", ''values'', f."values", ''wordings'', f.wordings,
        ''refusal'', (
          select case when max(w.similarity) filter (where w.is_negative) > max(w.similarity) filter (where not w.is_negative)
            then max(w.similarity) end
          from (
            select true as is_negative, 1 - (n.v %2$s $1) as similarity from unnest(f.negatives) as n (v)
            union all
            select false, 1 - (n.v %2$s $1) from unnest(f.own) as n (v)
          ) w
        )) as hit
      from found f
    )
    select jsonb_build_object(
      ''hits'', coalesce((
        select jsonb_agg(n.hit order by n.distance)
        from (select h.hit, h.distance from hit h where not h.is_alias order by h.distance limit $2) n), ''[]''),
      ''alias'', (select h.hit from hit h where h.is_alias order by h.distance limit 1),
      ''states'', (select coalesce(jsonb_object_agg(f.shard, f.state), ''{}'') from found f))', array_to_string(branches, ' union all '), operator)
    into found using embedding::{{vector}}, wanted, contained, asked;
  select s.shard into different
  from ltd.front f
  cross join jsonb_each(found -> 'states') as s (shard, state)
  where f.name = front_name
    and ((s.state ->> 'isWeighed')::boolean or f.fingerprint - 'weights' <> jsonb_build_object(
      'key', s.state -> 'key', 'model', s.state -> 'model', 'modelChecksum', s.state -> 'modelChecksum', 'template', s.state -> 'template'))
  order by s.shard
  limit 1;
  if different is not null then
    raise exception 'the shard % of % cannot be compared with the others', different, front_name
      using errcode = 'object_not_in_prerequisite_state',
      hint = format('ask again if a generation is being switched; `ltd-index shard verify %s` says what differs', front_name);
  end if;
  return jsonb_build_object('hits', found -> 'hits', 'alias', found -> 'alias', 'state', (
    select s.state from jsonb_each(found -> 'states') as s (shard, state) order by s.shard collate "C" limit 1));
end
$function$
