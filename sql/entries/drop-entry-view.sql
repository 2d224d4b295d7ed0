-- Drops the view of an index's entries.
drop view if exists {{view}}
