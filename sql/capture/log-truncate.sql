-- Logs what a truncated table logs: that entries may have lost their rows.
insert into {{change}} default values
