SET LOCAL lock_timeout = '5s';
BEGIN;
SELECT 1;
COMMIT;
