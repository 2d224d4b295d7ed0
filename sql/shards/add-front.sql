-- Makes a front, where there is none of the name.
-- parameters: $1 name text, $2 fingerprint jsonb
insert into ltd.front (name, fingerprint) values ($1, $2::jsonb) on conflict (name) do nothing
