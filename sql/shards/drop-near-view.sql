-- Drops a view that a front reads.
drop view if exists {{view}}
