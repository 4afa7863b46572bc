-- Clean up old sessions
-- down: see below
-- Up and down
-- +goose Up
-- Rollback
-- Migration section
/* DOWN */
DELETE FROM sessions; -- down
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$
-- DOWN
SELECT 1 $$;
