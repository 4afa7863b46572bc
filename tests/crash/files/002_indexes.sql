-- Migration: 002_indexes.sql
-- Purpose: concurrent builds, with and without IF NOT EXISTS
CREATE INDEX CONCURRENTLY account_email ON account (email);
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS account_code ON account (code);
CREATE INDEX CONCURRENTLY entry_amount ON entry (amount) WHERE amount > 10;
