-- Requires: auth
SELECT 1;
