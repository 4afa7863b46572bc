-- UP
BEGIN;
CREATE TABLE a (i int);
COMMIT

-- what undoes it
-- ROLLBACK MIGRATION (DOWN)
-- DROP TABLE a;
