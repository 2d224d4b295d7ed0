-- Lets workers delete from the log even if there is a publication for all tables.
alter table {{change}} replica identity full
