-- Claimed rows as they are now: those that are gone have no text, and a twin is a second claim of the same row under a key that is written otherwise.
create or replace function ltd.read_claimed(live ltd.index, keys text[], versions bigint[])
returns table (key text, version bigint, row_text text, is_twin boolean, hash_before bytea, aliases text[], negatives text[])
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  parts constant jsonb := ltd.index_parts(live);
begin
  return query execute format(
    'select w.literal, w.version, case when s."values" is not null then ltd.row_text($3, $4, to_jsonb(s."values")) end,
       s.row_key is not null and row_number() over (partition by s.row_key order by w.place) > 1,
       (select e.content_hash from %1$s e where %2$s),
       array(select a.question from ltd.alias a where a.index_name = $5 and a.key = w.literal::text[] collate "C" order by a.question collate "C"),
       array(select n.question from ltd.negative n where n.index_name = $5 and n.key = w.literal::text[] collate "C" order by n.question collate "C")
     from (select w.literal, w.version, w.place, %3$s from unnest($1, $2) with ordinality as w (literal, version, place)) w
     left join lateral (select %4$s as "values", %5$s as row_key from %6$s s where %7$s) s on true
     order by w.place',
    parts ->> 'entry', parts ->> 'is_wanted_entry', parts ->> 'wanted', parts ->> 'values', parts ->> 'key', parts ->> 'source', parts ->> 'is_wanted')
    using keys, versions, live.template, live.columns, live.name;
end
$function$
