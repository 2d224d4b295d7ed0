-- The value of a number in Chinese characters: 三十八 is 38, 二〇二四 is 2024, 半 is 0.5, 双 is 2.
create or replace function ltd.judge_number(written text) returns double precision
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
declare
  digits constant text := '零〇一二两三四五六七八九';
  values_of constant double precision[] := '{0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9}';
  total double precision := 0;
  section double precision := 0;
  digit double precision := 0;
  scale double precision;
  character text;
begin
  if written = '半' then
    return 0.5;
  elsif written = '双' then
    return 2;
  elsif written ~ ('^[' || digits || ']{2,}$') then
    return translate(written, digits, '001223456789')::double precision;
  end if;
  foreach character in array string_to_array(written, null) loop
    scale := case character when '十' then 10 when '百' then 100 when '千' then 1000 end;
    if scale is not null then
      section := section + case when digit = 0 then 1 else digit end * scale;
      digit := 0;
    elsif character = '万' then
      total := total + case when section + digit = 0 then 1 else section + digit end * 10000;
      section := 0;
      digit := 0;
    elsif character = '半' then
      digit := digit + 0.5;
    else
      digit := coalesce(values_of[nullif(strpos(digits, character), 0)], 0);
    end if;
  end loop;
  return total + section + digit;
end
$function$
