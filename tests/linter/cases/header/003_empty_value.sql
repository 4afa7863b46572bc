-- Migration: 003_empty_value.sql
-- expect: lint.header
-- Author:
-- Date: 2026-02-16
-- Purpose: Names nobody
-- Dependencies: none
SELECT 1;
