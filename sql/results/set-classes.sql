-- Stores the classes that a classifier gives to rows, replacing former ones.
-- parameters: the keys, an array each column, then label text[], chance real[], content_hash text[] (hexadecimal)
insert into {{table}} ({{key_names}}, label, chance, content_hash)
select {{wanted_names}}, wanted.label, wanted.chance, decode(wanted.content_hash, 'hex')
from {{wanted}}
on conflict ({{key_names}}) do update set label = excluded.label, chance = excluded.chance, content_hash = excluded.content_hash
