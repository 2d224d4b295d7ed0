-- A statement of sql/ whose placeholders are filled. All are filled at once, so that nothing in a name is taken for a placeholder.
create or replace function ltd.filled(statement_name text, parts jsonb) returns text
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
declare
  missing text;
  text_of_it text;
begin
  select string_agg(case when p.place % 2 = 1 then p.piece else parts ->> p.piece end, '' order by p.place),
      string_agg(p.piece, ', ') filter (where p.place % 2 = 0 and parts ->> p.piece is null)
    into text_of_it, missing
  from regexp_split_to_table(ltd.statement_source(statement_name), '[{]{2}|[}]{2}') with ordinality as p (piece, place);
  if text_of_it is null or missing is not null then
    raise exception 'the statement % needs %', statement_name, missing;
  end if;
  return text_of_it;
end
$function$
