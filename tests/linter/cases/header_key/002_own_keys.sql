-- Ticket: 4711
-- Reviewed: by Al
-- lock_timeout: 5s
-- See https://example.com
SELECT 1;
