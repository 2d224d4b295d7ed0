-- Lets every statement of this transaction wait for a lock for 5 s at most. Writers queue behind one that waits for a lock
-- on their table: it must give up before they feel it.
set local lock_timeout = '5s'
