-- Limits the wait for locks to 5 s in this transaction. Writers queue behind a statement that waits for a lock
-- on their table, so it must give up before they notice.
set local lock_timeout = '5s'
