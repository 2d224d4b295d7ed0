-- Lets Postgres count what search asks for: how many entries there are, and which words many of them have.
analyze {{entry}} (words)
