-- How many of an index's rows have each word, and how many rows have words. Lexemes with a blank are two neighbouring characters, those in quotation
-- marks exact tokens: neither count as words.
-- columns: word text, rows integer; the row of word null has the number of rows
select word, ndoc as rows
from ts_stat('select words from {{entry}}')
where word not like '% %' and word not like '"_%"'
union all
select null, count(*)::integer
from {{entry}}
where words <> ''
