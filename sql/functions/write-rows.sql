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
  hash bytea;
  cut text;
  words text[];
  lexemes text[];
  text_vector {{vector}};
  vector {{vector}};
  others {{vector}}[];
  question text;
  prepared jsonb := '[]';
  wordings jsonb := '[]';
  number integer;
  taken bigint[];
  written integer;
begin
  perform ltd.guard(live.source, live.filter, true);
  for claimed in select * from ltd.read_claimed(live, keys, versions) loop
    if claimed.is_twin or claimed.row_text is null then
      prepared := prepared || jsonb_build_object('key', claimed.key, 'version', claimed.version::text, 'way', case when claimed.is_twin then 'same' else 'gone' end);
      continue;
    end if;
    hash := ltd.content_hash(live, student, claimed.row_text, claimed.aliases, claimed.negatives);
    if hash = claimed.hash_before then
      prepared := prepared || jsonb_build_object('key', claimed.key, 'version', claimed.version::text, 'way', 'same');
      continue;
    end if;
    vector := null;
    lexemes := '{}';
    words := '{}';
    if ltd.bare_text(claimed.row_text) <> '' then
      words := ltd.student_words(student, live.id, ltd.normalize(claimed.row_text));
      lexemes := ltd.entry_lexemes(words, claimed.row_text);
      text_vector := ltd.student_embed_words(student, live.id, words);
      others := '{}';
      number := 1;
      if cardinality(claimed.negatives) > 0 then
        wordings := wordings || jsonb_build_object('key', claimed.key, 'number', number, 'negative', false, 'vector', text_vector::real[]);
      end if;
      foreach question in array claimed.aliases loop
        cut := ltd.cut_text(question);
        continue when ltd.bare_text(cut) = '';
        words := ltd.student_words(student, live.id, ltd.normalize(cut));
        lexemes := lexemes || ltd.entry_lexemes(words, cut);
        vector := ltd.student_embed_words(student, live.id, words);
        -- as in src/vector/mean-wording.ts
        if -(vector operator({{vector_schema}}.<#>) text_vector) >= {{near_wording}} then
          others := others || vector;
        end if;
        if cardinality(claimed.negatives) > 0 then
          number := number + 1;
          wordings := wordings || jsonb_build_object('key', claimed.key, 'number', number, 'negative', false, 'vector', vector::real[]);
        end if;
      end loop;
      vector := text_vector;
      if cardinality(others) > 0 then
        vector := {{vector_schema}}.l2_normalize(text_vector operator({{vector_schema}}.+) (select {{vector_schema}}.avg(o.vector) from unnest(others) as o (vector)));
      end if;
      foreach question in array claimed.negatives loop
        cut := ltd.cut_text(question);
        continue when ltd.bare_text(cut) = '';
        number := number + 1;
        wordings := wordings || jsonb_build_object('key', claimed.key, 'number', number, 'negative', true,
          'vector', ltd.student_embed_words(student, live.id, ltd.student_words(student, live.id, ltd.normalize(cut)))::real[]);
      end loop;
      words := ltd.student_words(student, live.id, ltd.normalize(claimed.row_text));
    end if;
    prepared := prepared || jsonb_build_object('key', claimed.key, 'version', claimed.version::text, 'way', 'write', 'hash', encode(hash, 'hex'),
      'vector', vector::text, 'lexemes', lexemes, 'truncated', char_length(array_to_string(words, '')) > student.max_chars);
  end loop;
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
    'insert into %1$s (%2$s, content_hash, embedding, truncated, words)
     select %3$s, decode(w.hash, ''hex''), w.vector::%5$s, w.truncated, array_to_tsvector(array(select distinct l.lexeme from unnest(w.lexemes) as l (lexeme)))
     from (
       select %4$s, w.*
       from (select r.key as literal, r.* from jsonb_to_recordset($1) as r (key text, version bigint, way text, hash text, vector text, lexemes text[], truncated boolean)) w
       where w.way = ''write'' and w.version = any ($2)
     ) w',
    parts ->> 'entry', parts ->> 'key_names',
    (select string_agg('w.k' || k.place, ', ' order by k.place) from unnest(live.key_columns) with ordinality as k (name, place)),
    parts ->> 'wanted', {{vector_literal}})
    using prepared, taken;
  get diagnostics written = row_count;
  delete from ltd.wording_vector v
  using jsonb_array_elements(prepared) as p (entry)
  where v.index_id = live.id and v.key = (p.entry ->> 'key')::text[] collate "C" and p.entry ->> 'way' <> 'same' and (p.entry ->> 'version')::bigint = any (taken);
  insert into ltd.wording_vector (index_id, key, number, is_negative, embedding)
  select live.id, w.key::text[] collate "C", w.number, w.negative, w.vector
  from jsonb_to_recordset(wordings) as w (key text, number integer, negative boolean, vector real[])
  join jsonb_array_elements(prepared) as p (entry) on p.entry ->> 'key' = w.key and (p.entry ->> 'version')::bigint = any (taken);
  -- what has changed is free at once, not when the lease ends
  execute ltd.filled('capture/release', '{}') using live.id, keys, versions;
  return written;
end
$function$
