-- Logs that the table was truncated.
create function {{function}}() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $function$
begin
  insert into {{change}} default values;
  perform ltd.wake({{index}});
  return null;
end
$function$
