-- ==========================================
-- Migration: 002_fix_sessions_table.sql
-- Author: Auth Service Team
-- Date: 2026-01-19
-- Purpose: Tell sessions that were revoked from those that merely ended
-- Dependencies: 001_initial_schema.sql
-- ==========================================

-- 🔄 FORWARD MIGRATION (UP)
BEGIN;

-- A constant default: the table is not rewritten and the lock is short.
ALTER TABLE sessions ADD COLUMN IF NOT EXISTS is_revoked boolean NOT NULL DEFAULT false;

CREATE INDEX IF NOT EXISTS idx_sessions_is_revoked ON sessions (is_revoked);

-- A session that was switched off before its time can only have been revoked.
UPDATE sessions
SET is_revoked = true
WHERE NOT is_active
  AND NOT is_revoked
  AND expires_at > now();

COMMIT;

-- 🔙 ROLLBACK MIGRATION (DOWN)
-- Revoked sessions stay inactive, so nobody is let in again.
-- To rollback this migration manually:
-- BEGIN;
-- DROP INDEX IF EXISTS idx_sessions_is_revoked;
-- ALTER TABLE sessions DROP COLUMN IF EXISTS is_revoked;
-- COMMIT;
