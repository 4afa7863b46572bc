-- Migration: 003_balance.sql
-- Purpose: a new column, filled by a big update
BEGIN;
ALTER TABLE account ADD COLUMN balance bigint;
UPDATE account SET balance = (SELECT coalesce(sum(e.amount), 0) FROM entry e WHERE e.id = account.id);
ALTER TABLE account ALTER COLUMN balance SET NOT NULL;
COMMIT;
