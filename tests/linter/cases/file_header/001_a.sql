-- expect: file.header
-- Migration: 001_b.sql
SELECT 1;
