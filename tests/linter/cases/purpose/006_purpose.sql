-- Purpose: <describe the purpose>
SELECT 1;
