-- roles: enum_owner
CREATE SCHEMA app;
CREATE TYPE app."Mood" AS ENUM ('good', 'bad');
CREATE TABLE t (m app."Mood" DEFAULT 'bad', CHECK (m <> 'bad'));
CREATE TYPE gone AS ENUM ();
-- after
CREATE SCHEMA app;
CREATE TYPE app."Mood" AS ENUM ('good', 'it''s bad');
ALTER TYPE app."Mood" OWNER TO enum_owner;
CREATE TABLE t (m app."Mood" DEFAULT 'it''s bad', CHECK (m <> 'it''s bad'));
