-- expect: lint.purpose
-- Purpose: Describe
SELECT 1;
