-- Embeds claimed rows and writes their entries, in the caller's transaction, as src/db/entries/write-batch.ts: what has changed since its claim stays queued
-- and its entry as it was. Returns how many rows were written. `folds` is false for a writer that holds its rows and their places in the queue locked.
create or replace function ltd.write_rows(live ltd.index, keys text[], versions bigint[], folds boolean default true) returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  parts constant jsonb := ltd.index_parts(live);
  student constant ltd.student := ltd.live_student(live);
  claimed record;
  question record;
  hash bytea;
  words text[];
  word text;
  lexemes text[];
  is_truncated boolean;
  entries jsonb[] := '{}';
  prepared jsonb;
  -- the wordings that are embedded: the place of each in `entries`, what it is to its row, and how many of the words it has
  wording_entries integer[] := '{}';
  wording_kinds text[] := '{}';
  wording_words text[] := '{}';
  sizes integer[] := '{}';
  embeddings {{vector}}[];
  taken bigint[];
  written integer;
begin
  perform ltd.guard(live.source, live.filter, true);
  for claimed in select * from ltd.read_claimed(live, keys, versions) loop
    if claimed.is_twin or claimed.row_text is null then
      entries := entries || jsonb_build_object('key', claimed.key, 'version', claimed.version::text, 'way', case when claimed.is_twin then 'same' else 'gone' end);
      continue;
    end if;
    hash := ltd.content_hash(live, student, claimed.row_text, claimed.aliases, claimed.negatives);
    if hash = claimed.hash_before then
      entries := entries || jsonb_build_object('key', claimed.key, 'version', claimed.version::text, 'way', 'same');
      continue;
    end if;
    lexemes := '{}';
    is_truncated := false;
    for question in
      select 'text' as kind, claimed.row_text as text
      union all
      select 'also', ltd.cut_text(a.text) from unnest(claimed.aliases) as a (text)
      union all
      select 'not', ltd.cut_text(n.text) from unnest(claimed.negatives) as n (text)
    loop
      if ltd.bare_text(question.text) = '' then
        -- where the text has no letter or digit the row has no vector
        exit when question.kind = 'text';
        continue;
      end if;
      words := ltd.student_words(student, live.id, ltd.normalize(question.text));
      if question.kind <> 'not' then
        lexemes := lexemes || ltd.entry_lexemes(words, question.text);
      end if;
      if question.kind = 'text' then
        is_truncated := char_length(array_to_string(words, '')) > student.max_chars;
      end if;
      wording_entries := wording_entries || cardinality(entries) + 1;
      wording_kinds := wording_kinds || question.kind;
      sizes := sizes || cardinality(words);
      foreach word in array words loop
        wording_words := wording_words || word;
      end loop;
    end loop;
    entries := entries || jsonb_build_object('key', claimed.key, 'version', claimed.version::text, 'way', 'write', 'hash', encode(hash, 'hex'),
      'lexemes', lexemes, 'truncated', is_truncated, 'place', cardinality(entries) + 1);
  end loop;
  embeddings := ltd.student_embed_texts(student, live.id, wording_words, sizes);
  prepared := to_jsonb(entries);
  -- what has changed since the claim gets its new version here; what changes later is embedded after this
  if folds then
    perform ltd.fold_log(live);
  end if;
  execute format('with taken as (%s) select coalesce(array_agg(t.version::bigint), ''{}'') from taken t', ltd.filled('capture/acknowledge', '{}'))
    into taken
    using live.id, keys, versions;
  execute format(
    'delete from %s e using (select %s from unnest($1) as w (literal)) w where %s', parts ->> 'entry', parts ->> 'wanted', parts ->> 'is_wanted_entry')
    using array(
      select p.entry ->> 'key' from jsonb_array_elements(prepared) as p (entry)
      where p.entry ->> 'way' <> 'same' and (p.entry ->> 'version')::bigint = any (taken));
  execute format(
    'with wording as materialized (
       select w.* from unnest($3, $4, $5) as w (place, kind, vector)
     ), mean as (
       -- as in src/vector/mean-wording.ts
       select t.place, %6$s.avg(o.vector) as vector
       from wording t join wording o using (place)
       where t.kind = ''text'' and o.kind = ''also'' and -(o.vector operator(%6$s.<#>) t.vector) >= $6
       group by t.place
     )
     insert into %1$s (%2$s, content_hash, embedding, truncated, words)
     select %3$s, decode(w.hash, ''hex''), coalesce(%6$s.l2_normalize(t.vector operator(%6$s.+) m.vector), t.vector)::%5$s, w.truncated,
       array_to_tsvector(array(select distinct l.lexeme from unnest(w.lexemes) as l (lexeme)))
     from (
       select %4$s, w.*
       from (select r.key as literal, r.* from jsonb_to_recordset($1) as r (key text, version bigint, way text, hash text, lexemes text[], truncated boolean, place integer)) w
       where w.way = ''write'' and w.version = any ($2)
     ) w
     left join wording t on t.place = w.place and t.kind = ''text''
     left join mean m on m.place = w.place',
    parts ->> 'entry', parts ->> 'key_names',
    (select string_agg('w.k' || k.place, ', ' order by k.place) from unnest(live.key_columns) with ordinality as k (name, place)),
    parts ->> 'wanted', {{vector_literal}}, {{vector_schema_literal}})
    using prepared, taken, wording_entries, wording_kinds, embeddings, {{near_wording}};
  get diagnostics written = row_count;
  delete from ltd.wording_vector v
  using jsonb_array_elements(prepared) as p (entry)
  where v.index_id = live.id and v.key = (p.entry ->> 'key')::text[] collate "C" and p.entry ->> 'way' <> 'same' and (p.entry ->> 'version')::bigint = any (taken);
  insert into ltd.wording_vector (index_id, key, number, is_negative, embedding)
  select live.id, (p.entry ->> 'key')::text[] collate "C", w.number, w.kind = 'not', w.vector::real[]
  from (
    select u.*, row_number() over (partition by u.place order by u.number_of_all) as number, bool_or(u.kind = 'not') over (partition by u.place) as has_negatives
    from unnest(wording_entries, wording_kinds, embeddings) with ordinality as u (place, kind, vector, number_of_all)
  ) w
  join jsonb_array_elements(prepared) as p (entry) on (p.entry ->> 'place')::integer = w.place
  where w.has_negatives and (p.entry ->> 'version')::bigint = any (taken);
  -- what has changed is free at once, not when the lease ends
  execute ltd.filled('capture/release', '{}') using live.id, keys, versions;
  return written;
end
$function$
