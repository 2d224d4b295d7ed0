-- What src/app/content-hash.ts gives: 16 bytes of SHA-256 over all that an entry depends on.
create or replace function ltd.content_hash(live ltd.index, student ltd.student, given text, aliases text[], negatives text[]) returns bytea
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $function$
declare
  hashed bytea := convert_to({{entry_form}} || (select m.sha256 from ltd.model m where m.id = live.model_id), 'UTF8') || '\x00'::bytea
    || ltd.weighed_text(live, student, given);
  question record;
begin
  for question in
    select '\x00'::bytea || convert_to(q.kind, 'UTF8') || '\x00'::bytea || ltd.weighed_text(live, student, q.text) as bytes
    from (
      select 'also' as kind, a.text from unnest(aliases) as a (text)
      union all
      select 'not', n.text from unnest(negatives) as n (text)
    ) q
    -- in the order of UTF-16 units, where the last characters of the first plane come after all others
    order by q.kind collate "C", regexp_replace(q.text, {{last_of_plane}}, chr(1114111) || '\1', 'g') collate "C"
  loop
    hashed := hashed || question.bytes;
  end loop;
  return substring(sha256(hashed) for 16);
end
$function$
