-- Irreversible:
SELECT 1;
