-- Migration: 009_merge.sql
-- Purpose: rows with ON CONFLICT, in a file that says nothing about transactions
INSERT INTO account (id, code, email, balance)
SELECT n, 'c' || n, 'new' || n || '@example.org', 0 FROM generate_series(11001, 14000) n
ON CONFLICT (id) DO UPDATE SET email = excluded.email, balance = account.balance + 1;
UPDATE entry SET amount = amount + 5 WHERE account_id % 10 = 0;
DELETE FROM entry WHERE id % 97 = 0;
