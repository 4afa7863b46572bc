-- Migration: 002_original_headings.sql

-- 🔼 UP MIGRATION (FORWARD)
BEGIN;
CREATE TABLE a (id int);
COMMIT;

-- 🔙 DOWN MIGRATION (ROLLBACK)
-- BEGIN;
-- DROP TABLE IF EXISTS a;
-- COMMIT;
