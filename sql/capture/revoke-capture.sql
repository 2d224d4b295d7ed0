-- Revokes execution: a role that could attach the function to a table could queue keys in other people's indexes.
revoke all on function {{function}}() from public
