-- expect: lint.date
-- Date: 2024-01-XX
SELECT 1;
