-- Lock-Timeout: 5
SELECT 1;
