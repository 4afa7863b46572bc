-- expect in file: lint.rollback
SELECT 1;
