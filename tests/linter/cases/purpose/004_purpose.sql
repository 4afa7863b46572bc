-- expect: lint.purpose
-- Purpose: n/a
SELECT 1;
