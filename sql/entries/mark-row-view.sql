-- Marks the view as ours: only a marked one is dropped.
comment on view {{view}} is {{comment}}
