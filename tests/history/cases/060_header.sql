-- ==========================================
-- Migration: 060_header.sql
-- author:  A. Developer <a@example.org>  
-- Ticket: ABC-1: more
-- Dependencies: 001_a.sql,
-- Dependencies: 002_b.sql
-- see http://example.org/x
-- http://example.org/y
-- Two words: are no key
--	LOCK TIMEOUT: 500ms
-- statement-timeout: 0
-- Requires: auth.0012_alter_user_first_name, app.0001_initial
-- Irreversible: the column's data is gone
/* Purpose: not here */
-- 🔄 FORWARD MIGRATION (UP)
-- Environment: all
SELECT 1;
-- Purpose: too late
