-- Lets workers delete from the log where a publication is for all tables.
alter table {{change}} replica identity full
