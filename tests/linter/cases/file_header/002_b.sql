-- Migration: 002_b
SELECT 1;
