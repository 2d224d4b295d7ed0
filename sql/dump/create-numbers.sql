-- Numbers from 0 to 15, a hexadecimal digit each, as a vector.
create or replace function ltd.dump_numbers(digits text) returns {{vector}}
language sql immutable strict
set search_path = pg_catalog, pg_temp
as $function$
  select ('[' || replace(replace(replace(replace(replace(replace(array_to_string(string_to_array(digits, null), ','),
    'a', '10'), 'b', '11'), 'c', '12'), 'd', '13'), 'e', '14'), 'f', '15') || ']')::{{vector}}
$function$
