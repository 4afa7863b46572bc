-- Migration: 002_some_missing.sql  is the first of what is there  -- expect: lint.header
-- Purpose: Lacks author, date and dependencies
SELECT 1;
-- Date: 2026-02-16
