-- Purpose: x
-- Transaction: on
SELECT 1;
