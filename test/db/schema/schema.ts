import type { Database } from "../../../src/db/database.ts";

/** What schema ltd consists of, as text: tables with columns, constraints and indexes; sequences; functions. */
export async function readSchema(database: Database): Promise<string> {
  const lines = await database.query<{ line: string }>(`
    select line from (
      select 1 as part, c.relname::text as name, 0 as place,
        format('%s %s', case c.relkind when 'r' then 'table' when 'S' then 'sequence' when 'v' then 'view' else c.relkind::text end, c.relname) as line
      from pg_class c where c.relnamespace = 'ltd'::regnamespace and c.relkind <> 'i'
      union all
      select 1, c.relname, 1000 + a.attnum,
        format('  %s %s%s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
          (select ' collate ' || quote_ident(l.collname) from pg_collation l where l.oid = a.attcollation and l.collname <> 'default'),
          case when a.attnotnull then ' not null' end,
          ' default ' || pg_get_expr(d.adbin, d.adrelid),
          case a.attidentity when 'a' then ' generated always as identity' end)
      from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      where c.relnamespace = 'ltd'::regnamespace and c.relkind = 'r'
      union all
      -- 'n': since version 18 Postgres lists "not null" as a constraint too
      select 1, c.relname, 3000 + row_number() over (order by k.conname), format('  constraint %s %s', k.conname, pg_get_constraintdef(k.oid))
      from pg_constraint k join pg_class c on c.oid = k.conrelid
      where k.connamespace = 'ltd'::regnamespace and k.contype <> 'n'
      union all
      select 1, c.relname, 5000 + row_number() over (order by i.indexrelid::regclass::text), '  ' || pg_get_indexdef(i.indexrelid)
      from pg_index i join pg_class c on c.oid = i.indrelid
      where c.relnamespace = 'ltd'::regnamespace
      union all
      select 2, p.proname, 0,
        format('function %s returns %s%s%s, callable by %s, body md5 %s', p.oid::regprocedure, p.prorettype::regtype,
          case when p.prosecdef then ' security definer' end, ' set ' || array_to_string(p.proconfig, ', '),
          case when has_function_privilege('public', p.oid, 'execute') then 'everyone' else 'its owner' end, md5(p.prosrc))
      from pg_proc p where p.pronamespace = 'ltd'::regnamespace
    ) lines
    order by part, name collate "C", place`);
  return lines.map(({ line }) => `${line}\n`).join("");
}
