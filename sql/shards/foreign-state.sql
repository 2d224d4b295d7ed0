-- Which shards of a front can be asked in SQL, and which estimate remotely: then the planner asks the shards for estimates at each question, and may fetch whole tables.
-- parameters: $1 servers text[], $2 tables text[] (in schema ltd), of each shard
-- columns: "hasTable" boolean, "estimatesRemotely" boolean (of the table or its server), in the order of the parameters
select
  t.ftrelid is not null as "hasTable",
  coalesce(
    (
      select o.option_value::boolean
      from (
        select 1 as place, x.* from pg_catalog.pg_options_to_table(t.ftoptions) x
        union all
        select 2, x.* from pg_catalog.pg_options_to_table(s.srvoptions) x
      ) o
      where o.option_name = 'use_remote_estimate'
      order by o.place
      limit 1
    ), false) as "estimatesRemotely"
from unnest($1::text[], $2::text[]) with ordinality as w (server, name, place)
left join pg_catalog.pg_class c on c.relnamespace = 'ltd'::regnamespace and c.relname = w.name and c.relkind = 'f'
left join pg_catalog.pg_foreign_table t on t.ftrelid = c.oid
left join pg_catalog.pg_foreign_server s on s.srvname = w.server
order by w.place
