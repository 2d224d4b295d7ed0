-- Moves the questions of the inbox into their days, and deletes what is older than the logs keep.
-- columns: filed integer, dropped integer (days)
select ltd.file_questions() as filed, ltd.purge_questions() as dropped
