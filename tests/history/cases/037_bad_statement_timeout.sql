--
-- Statement-Timeout: soon
SELECT 1;
