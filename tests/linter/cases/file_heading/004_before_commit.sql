BEGIN;
CREATE TABLE a (id bigint);
-- expect: file.heading
-- ROLLBACK MIGRATION (DOWN)
-- DROP TABLE a;
COMMIT;
