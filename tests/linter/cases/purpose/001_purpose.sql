-- expect: lint.purpose
-- Purpose: 
SELECT 1;
