-- How long until a key of the index is due.
-- parameters: $1 index_id integer
-- columns: "dueMs" float8, null when nothing waits
select
  case
    when exists (select from {{change}} where {{first_key}} is null or {{first_key}} <> '{}') then 0
    else (
      select extract(epoch from min(not_before) - now())::float8 * 1000
      from ltd.queue
      where index_id = $1 and failed_at is null
    )
  end as "dueMs"
