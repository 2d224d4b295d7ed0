-- Records a model, or fails where the database knows another one by its id.
do $do$
declare
  known text;
begin
  insert into ltd.model (id, sha256, dims, max_chars) values ({{id}}, {{sha256}}, {{dims}}, {{max_chars}}) on conflict (id) do nothing;
  select m.sha256 into known from ltd.model m where m.id = {{id}};
  if known <> {{sha256}} then
    raise exception 'the database knows another model as %: sha256 %, not %', {{id}}, left(known, 12), left({{sha256}}, 12)
      using errcode = 'duplicate_object', hint = 'take the file of the version of ltd-index that this database was filled with';
  end if;
end
$do$
