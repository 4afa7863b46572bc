-- Migration: 011_states.sql
-- Purpose: a type, a column of it, views with and without rows of their own
BEGIN;
CREATE TYPE state AS ENUM ('open', 'closed');
ALTER TABLE account ADD COLUMN state state NOT NULL DEFAULT 'open';
UPDATE account SET state = 'closed' WHERE balance = 0;
CREATE VIEW open_account AS SELECT id, code FROM account WHERE state = 'open';
CREATE MATERIALIZED VIEW total AS SELECT account_id, sum(amount) AS amount FROM entry GROUP BY account_id;
CREATE UNIQUE INDEX total_account ON total (account_id);
COMMIT;
