-- ==========================================
-- Migration: 001_initial_schema.sql
-- Author: Auth Service Team
-- Date: 2026-01-12
-- Purpose: Users, their sessions, login attempts, preferences, activities and notifications
-- ==========================================

-- 🔄 FORWARD MIGRATION (UP)
BEGIN;

CREATE TYPE user_role AS ENUM ('user', 'admin', 'moderator');

CREATE OR REPLACE FUNCTION set_updated_at() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END;
$$;

CREATE TABLE IF NOT EXISTS users (
    id                    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email                 varchar(255) NOT NULL UNIQUE,
    username              varchar(100) NOT NULL UNIQUE,
    password_hash         varchar(255) NOT NULL,
    role                  user_role NOT NULL DEFAULT 'user',
    is_active             boolean NOT NULL DEFAULT true,
    email_verified        boolean NOT NULL DEFAULT false,
    google_id             varchar(255),
    git_hub_id            varchar(255),
    facebook_id           varchar(255),
    first_name            varchar(100),
    last_name             varchar(100),
    phone_number          varchar(20),
    bio                   text,
    avatar_url            varchar(500),
    date_of_birth         date,
    gender                varchar(20),
    country               varchar(100),
    city                  varchar(100),
    timezone              varchar(50),
    language              varchar(10) DEFAULT 'en',
    website               varchar(500),
    linkedin              varchar(500),
    twitter               varchar(500),
    github                varchar(500),
    last_login_at         timestamptz,
    last_login_ip         inet,
    failed_login_attempts integer DEFAULT 0,
    locked_until          timestamptz,
    created_at            timestamptz NOT NULL DEFAULT now(),
    updated_at            timestamptz NOT NULL DEFAULT now(),
    deleted_at            timestamptz
);

COMMENT ON COLUMN users.deleted_at IS 'Soft delete: set means gone for everybody but an administrator';

CREATE INDEX IF NOT EXISTS idx_users_role ON users (role);
CREATE INDEX IF NOT EXISTS idx_users_is_active ON users (is_active);
CREATE INDEX IF NOT EXISTS idx_users_created_at ON users (created_at);
CREATE INDEX IF NOT EXISTS idx_users_deleted_at ON users (deleted_at);
CREATE INDEX IF NOT EXISTS idx_users_google_id ON users (google_id) WHERE google_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_users_git_hub_id ON users (git_hub_id) WHERE git_hub_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_users_facebook_id ON users (facebook_id) WHERE facebook_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_users_phone_number ON users (phone_number) WHERE phone_number IS NOT NULL;

CREATE OR REPLACE TRIGGER trg_users_updated_at
    BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE IF NOT EXISTS sessions (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id           uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    refresh_token     varchar(512) NOT NULL UNIQUE,
    access_token_hash varchar(255),
    ip_address        inet,
    user_agent        text,
    device_info       jsonb,
    is_active         boolean NOT NULL DEFAULT true,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    expires_at        timestamptz NOT NULL,
    last_used_at      timestamptz
);

COMMENT ON TABLE sessions IS 'One row for each device that a user is logged in on';
COMMENT ON COLUMN sessions.refresh_token IS 'SHA-256 of the token; the token itself is stored nowhere';

CREATE INDEX IF NOT EXISTS idx_sessions_user_id ON sessions (user_id);
CREATE INDEX IF NOT EXISTS idx_sessions_is_active ON sessions (is_active);
CREATE INDEX IF NOT EXISTS idx_sessions_expires_at ON sessions (expires_at);
CREATE INDEX IF NOT EXISTS idx_sessions_created_at ON sessions (created_at);

CREATE OR REPLACE TRIGGER trg_sessions_updated_at
    BEFORE UPDATE ON sessions
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE IF NOT EXISTS login_attempts (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id        uuid REFERENCES users (id) ON DELETE CASCADE,
    email          varchar(255),
    username       varchar(100),
    success        boolean NOT NULL DEFAULT false,
    failure_reason varchar(255),
    ip_address     inet NOT NULL,
    user_agent     text,
    attempted_at   timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN login_attempts.user_id IS 'Null where the name that was typed belongs to nobody';

CREATE INDEX IF NOT EXISTS idx_login_attempts_user_id ON login_attempts (user_id);
CREATE INDEX IF NOT EXISTS idx_login_attempts_email ON login_attempts (email);
CREATE INDEX IF NOT EXISTS idx_login_attempts_ip_address ON login_attempts (ip_address);
CREATE INDEX IF NOT EXISTS idx_login_attempts_attempted_at ON login_attempts (attempted_at);
CREATE INDEX IF NOT EXISTS idx_login_attempts_success ON login_attempts (success);

CREATE TABLE IF NOT EXISTS user_preferences (
    id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id             uuid NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
    email_notifications boolean NOT NULL DEFAULT true,
    push_notifications  boolean NOT NULL DEFAULT true,
    marketing_emails    boolean NOT NULL DEFAULT false,
    two_factor_enabled  boolean NOT NULL DEFAULT false,
    theme               varchar(20) NOT NULL DEFAULT 'light',
    language            varchar(10) NOT NULL DEFAULT 'en',
    privacy_level       varchar(20) NOT NULL DEFAULT 'normal',
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT user_preferences_theme_check
        CHECK (theme IN ('light', 'dark', 'auto')),
    CONSTRAINT user_preferences_privacy_level_check
        CHECK (privacy_level IN ('private', 'normal', 'public'))
);

CREATE OR REPLACE TRIGGER trg_user_preferences_updated_at
    BEFORE UPDATE ON user_preferences
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE IF NOT EXISTS user_activities (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id     uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    action      varchar(100) NOT NULL,
    description text,
    ip_address  inet,
    user_agent  text,
    metadata    jsonb DEFAULT '{}',
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS idx_user_activities_user_id ON user_activities (user_id);
CREATE INDEX IF NOT EXISTS idx_user_activities_action ON user_activities (action);
CREATE INDEX IF NOT EXISTS idx_user_activities_created_at ON user_activities (created_at);
CREATE INDEX IF NOT EXISTS idx_user_activities_metadata ON user_activities USING gin (metadata);

CREATE TABLE IF NOT EXISTS user_notifications (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id     uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    type        varchar(50) NOT NULL,
    title       varchar(200) NOT NULL,
    message     text,
    is_read     boolean NOT NULL DEFAULT false,
    read_at     timestamptz,
    action_url  varchar(500),
    action_text varchar(100),
    expires_at  timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT user_notifications_type_check
        CHECK (type IN ('info', 'warning', 'error', 'success', 'promotion', 'reminder', 'system'))
);

CREATE INDEX IF NOT EXISTS idx_user_notifications_user_id ON user_notifications (user_id);
CREATE INDEX IF NOT EXISTS idx_user_notifications_type ON user_notifications (type);
CREATE INDEX IF NOT EXISTS idx_user_notifications_is_read ON user_notifications (is_read);
CREATE INDEX IF NOT EXISTS idx_user_notifications_created_at ON user_notifications (created_at);
CREATE INDEX IF NOT EXISTS idx_user_notifications_expires_at ON user_notifications (expires_at);

COMMIT;

-- 🔙 ROLLBACK MIGRATION (DOWN)
-- All users are lost. Without CASCADE on purpose: while Django's admin log still refers to
-- the users table, the rollback stops; undo it first with "manage.py migrate admin zero".
-- To rollback this migration manually:
-- BEGIN;
-- DROP TABLE IF EXISTS user_notifications;
-- DROP TABLE IF EXISTS user_activities;
-- DROP TABLE IF EXISTS user_preferences;
-- DROP TABLE IF EXISTS login_attempts;
-- DROP TABLE IF EXISTS sessions;
-- DROP TABLE IF EXISTS users;
-- DROP FUNCTION IF EXISTS set_updated_at();
-- DROP TYPE IF EXISTS user_role;
-- COMMIT;
