-- UP
BEGIN;
CREATE TABLE a (id int);
-- down
CREATE TABLE b (id int);
COMMIT;
-- DOWN
-- DROP TABLE b, a;
