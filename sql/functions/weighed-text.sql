-- A text as it enters a content hash: where it has words with a weight of their own, with all its words and what they weigh.
create or replace function ltd.weighed_text(live ltd.index, student ltd.student, given text) returns bytea
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
declare
  words text[];
  weighed bytea := convert_to(given, 'UTF8');
  each record;
begin
  if not exists (select from ltd.weight w where w.index_id = live.id) or ltd.bare_text(ltd.cut_text(given)) = '' then
    return weighed;
  end if;
  words := ltd.student_words(student, live.id, ltd.normalize(ltd.cut_text(given)));
  if not exists (select from ltd.weight w where w.index_id = live.id and w.word = any (words)) then
    return weighed;
  end if;
  for each in
    select u.word,
      -- as JavaScript writes a number
      coalesce(case when w.idf = 0 or w.idf >= 0.000001 then w.idf::text::numeric::text else regexp_replace(w.idf::text, 'e-0', 'e-') end, '') as idf
    from unnest(words) with ordinality as u (word, place)
    left join ltd.weight w on w.index_id = live.id and w.word = u.word
    order by u.place
  loop
    weighed := weighed || '\x00'::bytea || convert_to(each.word, 'UTF8') || '\x00'::bytea || convert_to(each.idf, 'UTF8');
  end loop;
  return weighed;
end
$function$
