CREATE TABLE a (i int)
-- DOWN
-- DROP TABLE a;
