-- What the judge of one student sees in a question and the different texts that were found for it, nearest first: the numbers of
-- src/judge/chance/feature.ts in their order. Members of the lexicon are numbers: kind * 1000000 + entry * 1000 + member.
create or replace function {{function}}(question text, texts text[], similarities double precision[]) returns double precision[]
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set jit = off
as $function$
declare
  student constant ltd.student := (select s from ltd.student s where s.id = {{student}});
  asked constant text := left(ltd.normalize(question), 128);
  said constant text := left(ltd.normalize(texts[1]), 128);
  asked_tokens constant text[] := {{tokens}}(asked);
  said_tokens constant text[] := {{tokens}}(said);
  bares constant text[] := array[regexp_replace(asked, {{no_meaning}}, '', 'g'), regexp_replace(said, {{no_meaning}}, '', 'g')]
    || array(select left(ltd.bare_text(t.text), 128) from unnest(texts[2 : 10]) with ordinality as t (text, place) order by t.place);
  names constant integer := ltd.judge_missing_names(asked, said);
  said_names constant integer := ltd.judge_missing_names(said, asked);
  features double precision[];
begin
  with token as materialized (
    select t.side, t.place, t.text, coalesce(f.members, '{}') as members, coalesce(f.entries, '{}') as entries,
      coalesce(f.is_filler, false) as is_filler, exists (select from unnest(f.members) as m (number) where m.number / 1000000 = 3) as is_role,
      least(13, coalesce(w.idf, student.unknown_idf)) / 13 as weight, e.embedding
    from (
      select 1 as side, u.place, u.text from unnest(asked_tokens) with ordinality as u (text, place)
      union all
      select 2, u.place, u.text from unnest(said_tokens) with ordinality as u (text, place)
    ) t
    left join {{form_table}} f on f.form = t.text collate "C"
    left join ltd.word w on w.model_id = student.model_id and w.word = t.text collate "C"
    left join {{word_table}} e on e.word = t.text collate "C"
  ),
  content as materialized (
    select t.* from token t
    where not t.is_filler or not exists (select from token o where o.side = t.side and not o.is_filler and not o.is_role)
  ),
  likeness as (
    select a.side, a.place, max(case
        when b.text = a.text then 1
        when b.members && a.members then 0.95
        when b.entries && a.entries then least(0.3, n.cosine)
        else greatest(n.cosine, case when n.shared is null then 0 else greatest(
          0.9 * n.shared / n.longer, case when n.shared = n.shorter then 0.55 + 0.4 * n.shared / n.longer else 0 end) end)
      end) as best
    from content a
    join content b on b.side <> a.side
    cross join lateral (
      select greatest(0, coalesce(1 - (a.embedding operator({{vector_schema}}.<=>) b.embedding), 0)) as cosine,
        least(char_length(a.text), char_length(b.text))::double precision as shorter,
        greatest(char_length(a.text), char_length(b.text))::double precision as longer,
        case when a.text ~ '[a-z0-9]' or b.text ~ '[a-z0-9]' then null
          when char_length(a.text) < char_length(b.text) then char_length(a.text) - char_length(translate(a.text, b.text, ''))
          else char_length(b.text) - char_length(translate(b.text, a.text, '')) end::double precision as shared
      offset 0
    ) n
    group by a.side, a.place
  ),
  aligned as materialized (
    select c.side, c.text, c.weight, c.embedding is null as is_unknown,
      case when coalesce(l.best, 0) < 1 and strpos(case c.side when 1 then said else asked end, c.text) > 0
          and (char_length(c.text) > 1 or cardinality(c.members) = 0)
        then greatest(0.95, coalesce(l.best, 0)) else coalesce(l.best, 0) end as best
    from content c
    left join likeness l on l.side = c.side and l.place = c.place
  ),
  coverage as materialized (
    select a.side, count(*) as tokens, sum(a.weight) as total,
      sum(a.weight * least(1, greatest(0, (a.best - 0.3) / 0.7))) as covered,
      (array_agg((1 - a.best) * a.weight order by (1 - a.best) * a.weight desc)) as lacks,
      coalesce(sum(a.weight) filter (where a.best < 0.5), 0) as missing,
      count(*) filter (where a.is_unknown) as unknown,
      coalesce(max(a.weight) filter (where a.best < 0.5 and exists (
        select from unnest(bares[3 :]) as o (bare) where strpos(o.bare, a.text) > 0)), 0) as elsewhere,
      string_agg(a.text, '') as letters
    from aligned a
    group by a.side
  ),
  characters as (
    select c.side, avg((strpos(case c.side when 1 then said else asked end, l.letter) > 0)::integer) as share
    from coverage c
    cross join lateral (select distinct s.letter from string_to_table(c.letters, null) as s (letter)) l
    group by c.side
  ),
  pair as materialized (
    select distinct b.place, substr(b.bare, s.start, 2) as pair
    from unnest(bares) with ordinality as b (bare, place)
    cross join lateral generate_series(1, char_length(b.bare) - 1) as s (start)
  ),
  sizes as (select p.place, count(*) as size from pair p group by p.place),
  overlap as materialized (
    select a.place, b.place as with_place, count(*)::double precision / (min(x.size) + min(y.size) - count(*)) as jaccard
    from pair a
    join pair b on b.pair = a.pair and b.place > a.place
    join sizes x on x.place = a.place
    join sizes y on y.place = b.place
    where a.place <= 2
    group by a.place, b.place
  ),
  entry as materialized (
    select m.number / 1000000 as kind, m.number % 1000000 / 1000 as entry,
      coalesce(array_agg(m.number) filter (where t.side = 1), '{}') as asked, coalesce(array_agg(m.number) filter (where t.side = 2), '{}') as said
    from token t
    cross join lateral unnest(t.members) as m (number)
    where m.number / 1000000 between 1 and 6
    group by 1, 2
  ),
  entries as (
    select
      count(*) filter (where e.is_clash and e.kind = 1) as asks,
      count(*) filter (where e.is_clash and e.kind = 2) as opposites,
      count(*) filter (where e.is_clash and e.kind in (3, 4, 6)) as things,
      count(*) filter (where e.is_clash and e.kind = 5) as units,
      count(*) filter (where e.kind = 1 and e.said = '{}') as asks_alone,
      count(*) filter (where e.kind = 1 and e.asked = '{}') as said_asks_alone,
      count(*) filter (where e.kind in (3, 4, 6) and e.said = '{}') as things_alone,
      count(*) filter (where e.kind in (3, 4, 6) and e.asked = '{}') as said_things_alone,
      count(*) filter (where e.kind = 2 and e.said = '{}') as opposites_alone,
      count(*) filter (where e.kind = 2 and e.asked = '{}') as said_opposites_alone,
      count(*) filter (where e.asked && e.said and not e.asked <@ e.said) as partly
    from (
      select e.*, e.asked <> '{}' and e.said <> '{}' and not e.asked && e.said as is_clash from entry e
    ) e
  ),
  quantity as materialized (
    select 1 as side, q.* from ltd.judge_quantities(asked) q
    union all
    select 2, q.* from ltd.judge_quantities(said) q
  ),
  missing as materialized (
    select q.* from quantity q
    where not exists (
      select from quantity o
      where o.side <> q.side and o.value = q.value and (o.unit = q.unit or o.unit = '' or q.unit = ''))
  ),
  numbers as (
    select count(*) filter (where n.side = 1) as missing, count(*) filter (where n.side = 2) as said_missing,
      count(*) filter (where n.side = 1 and (n.is_unit or n.other_is_bound is not null and not (n.other_is_bound or n.is_bound))) as clashes,
      count(*) filter (where n.side = 1 and not n.is_unit and (n.other_is_bound or n.other_is_bound is not null and n.is_bound)) as bounds
    from (
      select m.side, m.is_bound,
        exists (select from quantity o where o.side <> m.side and o.value = m.value) as is_unit,
        (select o.is_bound from missing o
          where o.side <> m.side and (o.unit = m.unit or o.unit = '' or m.unit = '') order by o.place limit 1) as other_is_bound
      from missing m
    ) n
  ),
  party as (
    select ltd.judge_swap(asked_tokens, array_agg(
      t.text ~ '^(我|你|他|她|我们|对方|别人)$' or (
        not t.is_filler and not exists (select from unnest(t.members) as m (number) where m.number / 1000000 = 1)
        and (char_length(t.text) > 1 or t.text ~ '[a-z0-9]') and t.text !~ {{direction}})
      order by t.place), said_tokens)::integer as swap
    from token t
    where t.side = 1
  ),
  distance as (
    select count(*) as others, coalesce(avg(s.similarity), 0) as mean, coalesce(stddev_pop(s.similarity), 0) as deviation
    from unnest(similarities[2 : 10]) as s (similarity)
  )
  select array[
    similarities[1],
    similarities[1] - coalesce(similarities[2], 0),
    similarities[1] - d.mean,
    coalesce(similarities[2], 0) - coalesce(similarities[least(10, cardinality(similarities))], 0) * (d.others > 0)::integer,
    (similarities[1] - d.mean) / (d.deviation + 0.02),
    coalesce(a.covered / nullif(a.total, 0), 1), coalesce(b.covered / nullif(b.total, 0), 1),
    coalesce(a.lacks[1], 0), coalesce(b.lacks[1], 0), coalesce(a.lacks[2], 0), coalesce(b.lacks[2], 0),
    coalesce(a.missing, 0), coalesce(b.missing, 0), coalesce(a.total, 0), coalesce(b.total, 0),
    coalesce((select c.share from characters c where c.side = 1), 1), coalesce((select c.share from characters c where c.side = 2), 1),
    j.shared, j.shared - j.best, j.crowd,
    coalesce(a.elsewhere, 0),
    char_length(bares[1]), ln((char_length(bares[1]) + 1)::double precision / (char_length(bares[2]) + 1)),
    coalesce(a.tokens, 0), coalesce(b.tokens, 0),
    char_length(regexp_replace(asked, {{no_han}}, '', 'g')),
    coalesce(a.unknown::double precision / a.tokens, 0),
    (names > 0 and said_names > 0)::integer + n.clashes + e.opposites + e.things + e.units + p.swap + x.denials,
    (names > 0 and said_names > 0)::integer, n.clashes + e.units, n.bounds, e.opposites, e.things, p.swap, x.denials, e.asks,
    names, said_names, n.missing, n.said_missing,
    e.asks_alone, e.said_asks_alone, e.things_alone, e.said_things_alone, e.opposites_alone, e.said_opposites_alone, e.partly,
    x.negations - x.said_negations
  ] into features
  from distance d
  cross join entries e
  cross join numbers n
  cross join lateral (select coalesce((select y.swap from party y), 0) as swap) p
  cross join lateral (
    select ltd.judge_denial(asked, said)::integer as denials,
      regexp_count(regexp_replace(asked, {{no_negation}}, '', 'g'), {{negation}}) as negations,
      regexp_count(regexp_replace(said, {{no_negation}}, '', 'g'), {{negation}}) as said_negations
  ) x
  cross join lateral (
    select coalesce(max(o.jaccard) filter (where o.place = 1 and o.with_place = 2), 0) as shared,
      coalesce(max(o.jaccard) filter (where o.place = 1 and o.with_place > 2), 0) as best,
      coalesce(max(o.jaccard) filter (where o.place = 2), 0) as crowd
    from overlap o
  ) j
  left join coverage a on a.side = 1
  left join coverage b on b.side = 2;
  return features;
end
$function$
