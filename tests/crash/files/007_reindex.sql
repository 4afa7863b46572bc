-- Migration: 007_reindex.sql
-- Purpose: indexes built anew, one and all of a table with its primary key and TOAST table
REINDEX INDEX CONCURRENTLY account_email;
REINDEX TABLE CONCURRENTLY entry;
