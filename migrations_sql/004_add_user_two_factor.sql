-- ==========================================
-- Migration: 004_add_user_two_factor.sql
-- Author: Auth Service Team
-- Date: 2026-02-09
-- Purpose: Keep what a second factor needs: the shared secret and single-use recovery codes
-- Dependencies: 003_add_user_notification_preferences.sql
-- ==========================================

-- 🔄 FORWARD MIGRATION (UP)
BEGIN;

-- Enrolment takes two steps: the secret is issued first and confirmed by a code made with it.
ALTER TABLE users
    ADD COLUMN IF NOT EXISTS two_factor_secret varchar(64),
    ADD COLUMN IF NOT EXISTS two_factor_confirmed_at timestamptz,
    ADD COLUMN IF NOT EXISTS two_factor_last_step bigint,
    ADD CONSTRAINT users_two_factor_confirmed_check
        CHECK (two_factor_confirmed_at IS NULL OR two_factor_secret IS NOT NULL);

COMMENT ON COLUMN users.two_factor_secret IS 'Base32 secret of the time-based one-time password (RFC 6238)';
COMMENT ON COLUMN users.two_factor_last_step IS 'Time step of the last code accepted: no code works twice';

CREATE TABLE IF NOT EXISTS user_recovery_codes (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash  varchar(64) NOT NULL,
    used_at    timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Its index also serves the foreign key.
    CONSTRAINT user_recovery_codes_user_id_code_hash_key UNIQUE (user_id, code_hash)
);

COMMENT ON COLUMN user_recovery_codes.code_hash IS 'SHA-256 of the code; the code itself is stored nowhere';

-- So far the preference promised what nothing could keep: nobody has a secret yet.
UPDATE user_preferences SET two_factor_enabled = false WHERE two_factor_enabled;

COMMIT;

-- 🔙 ROLLBACK MIGRATION (DOWN)
-- All enrolments are lost, and the preference is switched off so that it promises nothing.
-- To rollback this migration manually:
-- BEGIN;
-- UPDATE user_preferences SET two_factor_enabled = false WHERE two_factor_enabled;
-- DROP TABLE IF EXISTS user_recovery_codes;
-- ALTER TABLE users DROP CONSTRAINT IF EXISTS users_two_factor_confirmed_check;
-- ALTER TABLE users
--     DROP COLUMN IF EXISTS two_factor_last_step,
--     DROP COLUMN IF EXISTS two_factor_confirmed_at,
--     DROP COLUMN IF EXISTS two_factor_secret;
-- COMMIT;
