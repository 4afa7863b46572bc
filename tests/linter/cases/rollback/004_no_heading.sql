-- expect in file: lint.rollback
SELECT 1;
-- ROLLBACK
-- DROP TABLE phones;
