-- As whom the role that declares a shard logs in there. The password, where one is needed, is added by hand.
create user mapping if not exists for current_user server {{server}} options ({{options}})
