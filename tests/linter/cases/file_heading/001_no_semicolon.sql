BEGIN;
CREATE TABLE a (id bigint);
COMMIT
-- expect: file.heading
-- ROLLBACK MIGRATION (DOWN)
-- DROP TABLE a;
