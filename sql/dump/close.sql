-- Drops what only the file of `ltd-index sql dump` needs.
drop routine if exists ltd.dump_run(text), ltd.dump_load(text, text), ltd.dump_words(text, text), ltd.dump_vector(text), ltd.dump_numbers(text)
