-- Names of indexes, classifiers, clusterings, fronts and shards may have Chinese characters.

-- Whether a text can be such a name: as src/db/statement/name.ts. All its characters are their own NFKC form, so that names which look the same are the same.
-- Postgres cuts names at 63 bytes: the longest of ours is ltd_<name>_embedding_idx.
create function ltd.is_name(name text) returns boolean
language sql immutable strict parallel safe
return octet_length(name) <= 45 and name collate "C" ~ ('^[a-z\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002f7ff\U00030000-\U0003fffd]'
  || '[a-z0-9_\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002f7ff\U00030000-\U0003fffd]*$');

do $do$
declare
  named text;
begin
  foreach named in array array['index', 'cluster_set', 'classifier', 'front', 'shard'] loop
    execute format('alter table ltd.%I drop constraint %I, add constraint %I check (ltd.is_name(name))', named, named || '_name_check', named || '_name_check');
  end loop;
end
$do$;
