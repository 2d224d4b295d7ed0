-- Writes entries whose keys cannot be sent by binary COPY.
-- parameters: $1 content hashes text[] (hexadecimal), $2 vectors text[], $3 truncated text[], $4 words text[] (as tsvector is written), $5 … the keys, an
--   array a key column
insert into {{entry}} ({{key_names}}, content_hash, embedding, truncated, words)
select {{keys}}, decode(hash, 'hex'), embedding::{{vector}}, truncated::boolean, words::tsvector
from unnest($1::text[], $2::text[], $3::text[], $4::text[], {{key_arrays}}) as n (hash, embedding, truncated, words, {{keys}})
