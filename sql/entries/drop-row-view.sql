-- Drops the view of an index's rows.
drop view {{view}}
