-- Migration: 001_initial_schema.sql
-- Author: Jo Doe
-- Date: 2026-02-16
-- Purpose: Show a rule at work
-- Dependencies: none

-- 🔄 FORWARD MIGRATION (UP)
BEGIN;
CREATE TABLE IF NOT EXISTS users (id uuid PRIMARY KEY);
COMMIT;

-- 🔙 ROLLBACK MIGRATION (DOWN)
-- DROP TABLE IF EXISTS users;
