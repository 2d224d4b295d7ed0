-- Keeps writers out of a source table until the transaction ends, after waiting for those that are at work; readers go on.
lock table {{source}} in share row exclusive mode
