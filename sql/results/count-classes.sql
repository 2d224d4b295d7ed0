-- How many rows a classifier has put into each class; null: unsure.
-- columns: label text or null, rows integer
select label, count(*)::integer as rows from {{table}} group by label order by rows desc, label
