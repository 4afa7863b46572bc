CREATE TABLE a (id int);
-- Revert / DOWN section
-- DROP TABLE a;
