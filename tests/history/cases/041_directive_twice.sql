-- Lock-Timeout: 5s
-- lock_timeout: 6s
SELECT 1;
