-- Migration: 001_accounts.sql
-- Purpose: two tables with rows, in one transaction
BEGIN;
CREATE TABLE account (
    id integer PRIMARY KEY,
    code text NOT NULL,
    email text NOT NULL
);
INSERT INTO account SELECT n, 'c' || n, 'user' || n || '@example.org' FROM generate_series(1, 12000) n;
CREATE TABLE entry (
    id integer PRIMARY KEY,
    account_id integer NOT NULL,
    amount integer NOT NULL,
    note text NOT NULL DEFAULT ''
);
INSERT INTO entry (id, account_id, amount) SELECT n, 1 + n % 12000, n % 100 FROM generate_series(1, 24000) n;
COMMIT;
