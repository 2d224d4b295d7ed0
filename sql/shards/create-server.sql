-- The server of a shard. One that is there keeps its options: its address can be another one as seen from this server.
create server if not exists {{server}} foreign data wrapper postgres_fdw options ({{options}})
