-- Whether columns identify the rows of a source.
-- columns: "hasNull" boolean, "hasTwins" boolean
select
  exists (select from {{source}} s where ({{key_columns}}) is not null is not true) as "hasNull",
  exists (select from {{source}} s group by {{key_columns}} having count(*) > 1) as "hasTwins"
