-- Counts a run or an edit, if no other run has changed the clustering in between.
-- parameters: $1 set_id integer, $2 version integer that must still stand
-- columns: version integer; no row where it was changed
update ltd.cluster_set
set version = version + 1, assigned_at = now()
where id = $1 and version = $2
returning version
