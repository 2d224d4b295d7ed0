-- Keys of any type that Postgres itself can compare and hash, and write as a text that comes back.

-- The type that keeps a key column of this type, as SQL, without modifiers; null where there is none. A domain is kept as its base type, varchar
-- as text. Types whose operators are an extension's are none: statements run with a search_path of pg_catalog alone.
create function ltd.key_type(type oid) returns text
language sql stable strict parallel safe
set search_path = pg_catalog, pg_temp
as $function$
  with recursive based as (
    select t.oid, t.typtype, t.typbasetype from pg_type t where t.oid = type
    union all
    select t.oid, t.typtype, t.typbasetype from based b join pg_type t on b.typtype = 'd' and t.oid = b.typbasetype
  )
  select case b.oid when 'varchar'::regtype then 'text' when 'bpchar'::regtype then 'bpchar' else format_type(b.oid, null) end
  from based b
  join pg_type t on t.oid = b.oid
  where b.typtype in ('b', 'e') and t.typcategory <> 'A'
    and (
      select count(distinct m.amname)
      from pg_opclass o
      join pg_am m on m.oid = o.opcmethod
      where m.amname in ('btree', 'hash') and o.opcdefault and o.opcnamespace = 'pg_catalog'::regnamespace
        and o.opcintype = case
          when b.typtype = 'e' then 'anyenum'::regtype
          when b.oid = 'varchar'::regtype then 'text'::regtype
          else b.oid
        end
    ) = 2
$function$;

-- The text of a key whose type is written as the settings of a session say: one that every session reads as the same value.
create function ltd.key_text(given anyelement) returns text
language plpgsql immutable strict parallel safe
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set datestyle = 'ISO, MDY'
set intervalstyle = 'postgres'
set extra_float_digits = '1'
set bytea_output = 'hex'
as $function$
begin
  return given::text;
end
$function$;
