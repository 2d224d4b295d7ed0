-- Takes the view of an index's rows away.
drop view {{view}}
