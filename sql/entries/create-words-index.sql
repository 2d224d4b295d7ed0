-- Builds the index of the words of an index's entries.
create index if not exists {{name}} on {{entry}} using gin (words)
