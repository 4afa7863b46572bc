SET work_mem = '1MB';
CREATE TABLE a (id int);
BEGIN;
SELECT 1;
COMMIT;
