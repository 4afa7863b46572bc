-- ==========================================
-- Migration: 003_add_user_notification_preferences.sql
-- Author: Auth Service Team
-- Date: 2026-01-31
-- Purpose: Add user notification preference settings
-- Dependencies: 002_fix_sessions_table.sql
-- ==========================================

-- 🔄 FORWARD MIGRATION (UP)
BEGIN;

CREATE TABLE IF NOT EXISTS user_notification_preferences (
    id                     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id                uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email_notifications    boolean DEFAULT true,
    push_notifications     boolean DEFAULT true,
    sms_notifications      boolean DEFAULT false,
    notification_frequency varchar(20) DEFAULT 'immediate'
        CONSTRAINT user_notification_preferences_frequency_check
        CHECK (notification_frequency IN ('immediate', 'daily', 'weekly', 'disabled')),
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz NOT NULL DEFAULT now()
);

-- The table is new and empty, so plain index builds block nobody.
CREATE INDEX IF NOT EXISTS idx_user_notification_preferences_user_id
    ON user_notification_preferences (user_id);
CREATE INDEX IF NOT EXISTS idx_user_notification_preferences_frequency
    ON user_notification_preferences (notification_frequency);

CREATE OR REPLACE TRIGGER trg_user_notification_preferences_updated_at
    BEFORE UPDATE ON user_notification_preferences
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Existing users get the defaults, except that what they switched off stays off.
INSERT INTO user_notification_preferences (user_id, email_notifications, push_notifications)
SELECT
    users.id,
    coalesce(user_preferences.email_notifications, true),
    coalesce(user_preferences.push_notifications, true)
FROM users
LEFT JOIN user_preferences ON user_preferences.user_id = users.id
WHERE NOT EXISTS (
    SELECT FROM user_notification_preferences AS present WHERE present.user_id = users.id
);

COMMIT;

-- 🔙 ROLLBACK MIGRATION (DOWN)
-- To rollback this migration manually:
-- BEGIN;
-- DROP TABLE IF EXISTS user_notification_preferences;
-- COMMIT;
