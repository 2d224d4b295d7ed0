-- Opens a cursor over the same rows as open-rows, but sends only hashes.
declare ltd_indexed no scroll cursor for
select
  {{key}} as key,
  e.content_hash as "contentHash",
  substring(sha256(convert_to({{row}}, 'UTF8')) from 1 for 16) as "rowHash"
from {{entry}} e
join {{source}} s on {{same_key}}
where e.embedding is not null
