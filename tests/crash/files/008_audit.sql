-- Migration: 008_audit.sql
-- Purpose: settings before BEGIN, and a transaction with modes
SET search_path = public;
SET lock_timeout = '3s';
BEGIN ISOLATION LEVEL SERIALIZABLE;
CREATE TABLE audit (entry_id integer PRIMARY KEY, seen integer NOT NULL DEFAULT 0);
CREATE FUNCTION note_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit VALUES (NEW.id, 1) ON CONFLICT (entry_id) DO UPDATE SET seen = audit.seen + 1;
    RETURN NEW;
END
$$;
CREATE TRIGGER note_entry AFTER UPDATE ON entry FOR EACH ROW EXECUTE FUNCTION note_entry();
UPDATE entry SET note = 'looked at' WHERE id % 8 = 0;
COMMIT;
