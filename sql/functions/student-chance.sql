-- The chance that the first row is right, by the judge of one student, for the numbers of its features function: src/judge/chance/forest.ts.
create or replace function {{function}}(features double precision[]) returns double precision
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set jit = off
as $function$
declare
  tree record;
  node integer;
  odds double precision := {{bias}};
begin
  for tree in select t.feature, t.threshold, t.left_child, t.right_child, t.value from {{tree_table}} t loop
    node := 1;
    while tree.feature[node] >= 0 loop
      node := case when features[tree.feature[node] + 1] <= tree.threshold[node] then tree.left_child[node] else tree.right_child[node] end + 1;
    end loop;
    odds := odds + tree.value[node];
  end loop;
  return 1 / (1 + exp(-odds));
end
$function$
