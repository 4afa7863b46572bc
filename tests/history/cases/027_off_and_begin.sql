-- Transaction: off
BEGIN;
SELECT 1;
COMMIT;
