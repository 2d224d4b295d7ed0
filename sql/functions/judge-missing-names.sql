-- How many Latin names of a normalised text another lacks, as src/judge/chance/difference.ts counts them: it has them neither as a part of another name, nor
-- with one letter missing, added or changed.
create or replace function ltd.judge_missing_names(normalized text, other text) returns integer
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $function$
begin
  if normalized !~ '[a-z]' then
    return 0;
  end if;
  return (
    select count(*)::integer
    from (select distinct m.parts[1] as name from regexp_matches(normalized, '[a-z]+', 'g') as m (parts)) n
    where strpos(regexp_replace(other, '[^a-z]', '', 'g'), n.name) = 0
      and not (char_length(n.name) > 3 and exists (
        select
        from regexp_matches(other, '[a-z]+', 'g') as o (parts)
        cross join lateral (
          select coalesce(max(s.size), 0) as shared
          from generate_series(1, char_length(n.name)) as s (size)
          where left(o.parts[1], s.size) = left(n.name, s.size)
        ) p
        where abs(char_length(o.parts[1]) - char_length(n.name)) <= 1
          and (substr(n.name, p.shared + 2) = substr(o.parts[1], p.shared + 2)
            or substr(n.name, p.shared + 2) = substr(o.parts[1], p.shared + 1)
            or substr(n.name, p.shared + 1) = substr(o.parts[1], p.shared + 2))
      ))
  );
end
$function$
