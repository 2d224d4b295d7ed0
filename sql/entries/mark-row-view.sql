-- Says whose view it is: only one that says so is taken away.
comment on view {{view}} is {{comment}}
