-- Records an applied migration.
-- parameters: $1 version integer, $2 name text, $3 sha256 text
insert into ltd.migration (version, name, sha256)
values ($1, $2, $3)
