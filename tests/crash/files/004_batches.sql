-- Migration: 004_batches.sql
-- Purpose: updates that would show if one of them ran twice or not at all
-- Transaction: off
SET search_path = public, pg_catalog;
UPDATE entry SET amount = amount + 1 WHERE id <= 8000;
UPDATE entry SET amount = amount + 1 WHERE id BETWEEN 8001 AND 16000;
CREATE TABLE batch (id integer PRIMARY KEY, hits integer NOT NULL);
INSERT INTO batch VALUES (1, 1), (2, 1) ON CONFLICT (id) DO UPDATE SET hits = batch.hits + 1;
INSERT INTO batch VALUES (2, 1), (3, 1) ON CONFLICT (id) DO UPDATE SET hits = batch.hits + 1;
UPDATE entry SET amount = amount + 1 WHERE id > 16000;
