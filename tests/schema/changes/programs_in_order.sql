CREATE TABLE kept (id int);
-- after
CREATE TABLE kept (id int);
SET check_function_bodies = off;
CREATE FUNCTION a_first() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM z_table WHERE n > z_last()';
CREATE FUNCTION z_last() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE z_table (n int, m "char");
CREATE FUNCTION a_typed() RETURNS int LANGUAGE plpgsql AS 'DECLARE x z_table.n%TYPE; BEGIN RETURN 1; END';
CREATE FUNCTION even(n int) RETURNS boolean LANGUAGE sql AS 'SELECT n = 0 OR odd(n - 1)';
CREATE FUNCTION odd(n int) RETURNS boolean LANGUAGE sql AS 'SELECT n <> 0 AND even(n - 1)';
CREATE FUNCTION next_number() RETURNS bigint LANGUAGE sql AS 'SELECT max(number) + 1 FROM numbered';
CREATE TABLE numbered (number bigint DEFAULT next_number());
CREATE FUNCTION again(n int) RETURNS int LANGUAGE sql AS 'SELECT CASE WHEN n > 0 THEN again(n - 1) END';
RESET check_function_bodies;
