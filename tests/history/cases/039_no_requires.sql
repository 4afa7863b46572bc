-- Requires:
SELECT 1;
