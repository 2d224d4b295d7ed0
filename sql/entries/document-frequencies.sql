-- How many of an index's rows have each word, and how many rows have words. Lexemes with a blank are no words: two neighbouring characters.
-- columns: word text, rows integer; the row of null has the number of rows
select word, ndoc as rows
from ts_stat('select words from {{entry}}')
where word not like '% %'
union all
select null, count(*)::integer
from {{entry}}
where words <> ''
