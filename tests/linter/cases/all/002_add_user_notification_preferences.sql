-- ==========================================
-- Migration: 002_add_user_notification_preferences.sql
-- Author: Developer Name
-- expect: lint.date
-- Date: 2024-01-XX
-- Purpose: Add user notification preference settings
-- Dependencies: 001_initial_schema.sql
-- ==========================================

-- 🔄 FORWARD MIGRATION (UP)
BEGIN;

-- Create notification preferences table
-- expect: lint.if_not_exists
CREATE TABLE user_notification_preferences (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    email_notifications BOOLEAN DEFAULT true,
    push_notifications BOOLEAN DEFAULT true,
    sms_notifications BOOLEAN DEFAULT false,
    notification_frequency VARCHAR(20) DEFAULT 'immediate' CHECK (notification_frequency IN ('immediate', 'daily', 'weekly', 'disabled')),
    created_at TIMESTAMP NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMP NOT NULL DEFAULT NOW()
);

-- Add indexes for performance
-- expect: file.nontransactional
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_user_notification_preferences_user_id ON user_notification_preferences(user_id);
CREATE INDEX IF NOT EXISTS idx_user_notification_preferences_frequency ON user_notification_preferences(notification_frequency);

-- Insert default preferences for existing users
INSERT INTO user_notification_preferences (user_id)
SELECT id FROM users
WHERE id NOT IN (SELECT user_id FROM user_notification_preferences);

COMMIT;

-- 🔙 ROLLBACK MIGRATION (DOWN)
-- To rollback this migration manually:
-- DROP TABLE IF EXISTS user_notification_preferences CASCADE;
