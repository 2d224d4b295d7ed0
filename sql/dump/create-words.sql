-- Puts words of a model into ltd.word: a line a word: its frequency, document frequency, IDF, and itself, with tabs between them.
create or replace procedure ltd.dump_words(model text, given text)
language sql
set search_path = pg_catalog, pg_temp
as $function$
  insert into ltd.word (model_id, word, frequency, document_frequency, idf)
  select model, split_part(l.line, chr(9), 4), split_part(l.line, chr(9), 1)::bigint, split_part(l.line, chr(9), 2)::bigint, split_part(l.line, chr(9), 3)::real
  from string_to_table(given, chr(10)) as l (line)
  on conflict (model_id, word) do nothing
$function$
