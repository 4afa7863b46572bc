-- UP
BEGIN;
SELECT 1;
-- expect: lint.rollback
-- DOWN
-- DROP TABLE phones;
COMMIT;
