-- expect: lint.purpose
-- Purpose: TODO
SELECT 1;
