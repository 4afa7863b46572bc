-- expect in file: file.squashed
-- Migration: 003_other.sql
SELECT 1;
