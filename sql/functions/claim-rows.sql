-- Leases due rows of an index, `most` at a time, for `lease_ms` milliseconds. No keys where none is due.
create or replace function ltd.claim_rows(of_index integer, most integer, lease_ms double precision, out keys text[], out versions bigint[])
language plpgsql
set search_path = pg_catalog, pg_temp
as $function$
declare
  live ltd.index;
  is_more boolean;
begin
  select i.* into live from ltd.index i where i.id = of_index;
  if not found then
    return;
  end if;
  loop
    is_more := ltd.fold_log(live);
    execute format('with claimed as (%s) select array_agg(c.key::text order by c.version), array_agg(c.version::bigint order by c.version) from claimed c',
        ltd.filled('capture/claim', '{}'))
      into keys, versions using of_index, most, lease_ms;
    exit when keys is not null or not is_more;
  end loop;
end
$function$
