-- The relation that a name means to the role. It runs with the role's own search_path, so that every call in it is qualified.
-- parameters: $1 name text, quoted as SQL wants it
-- columns: parts text[] (refuses what to_regclass would refuse in one way or another, depending on the version of the server), oid text or null
select
  pg_catalog.parse_ident($1::pg_catalog.text, true) as parts,
  pg_catalog.to_regclass($1::pg_catalog.text)::pg_catalog.oid::pg_catalog.text as oid
