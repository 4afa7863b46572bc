-- one way: CREATE TABLE would hold the constraint before there is the function
CREATE TABLE with_row (a int, b int);
CREATE FUNCTION of_row(with_row) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.a = $1.b';
ALTER TABLE with_row ADD CONSTRAINT whole CHECK (of_row(with_row));
CREATE TABLE kept (id int);
-- after
CREATE TABLE kept (id int);
