-- Embeds the rows of an index at the end of the transaction that writes them, if its record says so.
do $do$
begin
  if (select i.immediate_rows from ltd.index i where i.id = {{id}}) is not null then
    create constraint trigger ltd_at_once after insert on {{change}}
      deferrable initially deferred for each row execute function ltd.at_once({{id}});
  end if;
end
$do$
