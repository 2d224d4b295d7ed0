-- Records which rows are duplicates of which.
-- parameters: $1 index_name text, $2 keys as array literals text[], $3 survivors as array literals text[], $4 similarities float8[]
insert into ltd.duplicate (index_name, key, survivor, similarity)
select $1::text, given.key::text[], given.survivor::text[], given.similarity
from unnest($2::text[], $3::text[], $4::float8[]) as given (key, survivor, similarity)
