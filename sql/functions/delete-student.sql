-- Deletes the record of a student.
-- parameters: $1 student_id integer
delete from ltd.student
where id = $1
