-- A row of a student's numbers, as src/db/functions/packed-row.ts packs it: parts between semicolons, each a list of numbers, or a scale and integers from
-- -8 to 7 (a hexadecimal digit each) or from -128 to 127 (all high digits, then all low ones).
create or replace function ltd.dump_vector(packed text) returns {{halfvec}}
language plpgsql immutable strict
set search_path = pg_catalog, pg_temp
as $function$
declare
  part text;
  parts text[];
  size integer;
  numbers {{vector}};
  whole {{halfvec}};
begin
  foreach part in array string_to_array(packed, ';') loop
    if part like '[%' then
      numbers := part::{{vector}};
    else
      parts := string_to_array(part, ':');
      size := char_length(parts[2]);
      if cardinality(parts) = 2 then
        numbers := ltd.dump_numbers(parts[2]) operator({{vector_schema}}.-) array_fill(8::real, array[size])::{{vector}};
      else
        numbers := ltd.dump_numbers(parts[2]) operator({{vector_schema}}.*) array_fill(16::real, array[size])::{{vector}}
          operator({{vector_schema}}.+) ltd.dump_numbers(parts[3]) operator({{vector_schema}}.-) array_fill(128::real, array[size])::{{vector}};
      end if;
      numbers := numbers operator({{vector_schema}}.*) array_fill(parts[1]::real, array[size])::{{vector}};
    end if;
    whole := case when whole is null then numbers::{{halfvec}} else whole operator({{vector_schema}}.||) numbers::{{halfvec}} end;
  end loop;
  return whole;
end
$function$
