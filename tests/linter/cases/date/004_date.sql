-- expect: lint.date
-- Date: 20260131
SELECT 1;
