-- expect: lint.date
-- Date: 2026-02-30
SELECT 1;
