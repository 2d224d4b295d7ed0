-- Embeds what is queued of an index (null: of all), batch by batch, each in a transaction of its own, until nothing is due any more; then builds the vector index
-- if it is missing. It takes rows from the same queue with the same leases as the program, and can be cancelled, killed and run by several sessions at once.
-- Where it embeds all, one that fails is left out with a warning. A procedure that commits can have no search_path of its own: it sets one in each transaction,
-- which a commit takes back, and outside of them uses nothing that the path finds.
create or replace procedure ltd.sync(index_name pg_catalog.text default null, batch_rows pg_catalog.int4 default 64, lease_seconds pg_catalog.int4 default 60)
language plpgsql
as $function$
declare
  names pg_catalog.text[];
  name pg_catalog.text;
  of_index pg_catalog.int4;
  keys pg_catalog.text[];
  versions pg_catalog.int8[];
  -- begin, queue, claim, write or finish; null: done
  step pg_catalog.text;
begin
  perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  if batch_rows is null or batch_rows not between 1 and 10000 or lease_seconds is null or lease_seconds not between 1 and 86400 then
    raise exception 'batch_rows must be from 1 to 10000 and lease_seconds from 1 to 86400, not % and %', batch_rows, lease_seconds
      using errcode = 'invalid_parameter_value';
  end if;
  names := case when index_name is null then array(select i.name from ltd.index i where i.state = 'live' order by i.name) else array[index_name] end;
  commit;
  foreach name in array names loop
    step := 'begin';
    loop
      perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
      begin
        case step
          when 'begin' then
            of_index := ltd.begin_sync(name);
            step := 'queue';
          when 'queue' then
            perform ltd.queue_all(of_index);
            step := 'claim';
          when 'claim' then
            select c.keys, c.versions into keys, versions from ltd.claim_rows(of_index, batch_rows, lease_seconds * 1000.0) c;
            step := case when keys is null then 'finish' else 'write' end;
          when 'write' then
            perform ltd.sync_rows(of_index, keys, versions);
            step := 'claim';
          when 'finish' then
            perform ltd.finish_sync(of_index);
            step := null;
        end case;
      exception when others then
        if index_name is not null then
          raise;
        end if;
        raise warning 'the index % is left out: %', name, sqlerrm;
        if step = 'write' then
          execute ltd.filled('capture/release', '{}') using of_index, keys, versions;
        end if;
        step := null;
      end;
      commit;
      exit when step is null;
    end loop;
  end loop;
end
$function$
