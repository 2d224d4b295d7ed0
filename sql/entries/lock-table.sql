-- Keeps writers out of a source table until the transaction ends, after waiting for running ones; readers are not blocked.
lock table {{source}} in share row exclusive mode
