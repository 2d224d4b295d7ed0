-- The next number from 0 to below 1 of a series, as src/vector/random.ts draws it: the same for the same seed. Its state is a whole number below 2^32.
create or replace function ltd.random_number(inout state bigint, out number double precision)
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
declare
  size constant bigint := 4294967296;
  mixed bigint;
begin
  state := (state + 1831565813) % size;
  mixed := (((state # (state >> 15))::numeric * (state | 1)) % size)::bigint;
  mixed := mixed # (mixed + (((mixed # (mixed >> 7))::numeric * (mixed | 61)) % size)::bigint) % size;
  number := (mixed # (mixed >> 14))::double precision / size;
end
$function$
