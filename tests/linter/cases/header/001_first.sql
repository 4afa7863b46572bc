-- Migration: 001_first.sql
-- author: Jo Doe
-- Date: 2026-02-16
-- Purpose:
-- Team: accounts, a key of the project's own
SELECT 1;
