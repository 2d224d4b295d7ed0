-- Forgets all that a classifier has said.
delete from {{table}}
