-- Migration: 012_rest.sql
-- Purpose: all sorts of statements, each by itself
-- Transaction: off
ALTER TYPE state ADD VALUE IF NOT EXISTS 'frozen' AFTER 'open';
UPDATE account SET balance = balance * 2 + 1;
CREATE INDEX CONCURRENTLY IF NOT EXISTS account_state ON account (state, balance);
VACUUM (ANALYZE) account;
REFRESH MATERIALIZED VIEW CONCURRENTLY total;
DROP INDEX CONCURRENTLY IF EXISTS entry_amount;
CREATE TABLE finished (id integer PRIMARY KEY);
INSERT INTO finished VALUES (1);
