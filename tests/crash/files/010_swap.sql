-- Migration: 010_swap.sql
-- Purpose: an index under the name of another that is dropped first
DROP INDEX CONCURRENTLY account_email;
CREATE INDEX CONCURRENTLY account_email ON account (lower(email));
ALTER TABLE event DETACH PARTITION event_6 CONCURRENTLY;
