-- Takes the view of an index's entries away.
drop view if exists {{view}}
