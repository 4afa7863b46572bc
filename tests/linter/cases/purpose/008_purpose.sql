-- Purpose: Let users be called back
SELECT 1;
