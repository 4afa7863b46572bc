-- roles: keeper
CREATE TYPE person AS (name text, age integer);
CREATE TABLE plain (id integer PRIMARY KEY, code integer NOT NULL, note text);
CREATE UNIQUE INDEX plain_code ON plain (code);
CREATE TABLE kept (id integer PRIMARY KEY) WITH (fillfactor = 80, toast.autovacuum_enabled = false);
ALTER TABLE kept ENABLE ROW LEVEL SECURITY;
ALTER TABLE kept FORCE ROW LEVEL SECURITY;
ALTER TABLE kept REPLICA IDENTITY FULL;
ALTER TABLE kept OWNER TO keeper;
CREATE TABLE typed OF person;
CREATE TABLE untyped (name text, age integer);
-- after
CREATE TYPE person AS (name text, age integer);
CREATE TABLE plain (id integer PRIMARY KEY, code integer NOT NULL, note text) WITH (fillfactor = 90, toast.vacuum_truncate = false);
CREATE UNIQUE INDEX plain_code ON plain (code DESC);
ALTER TABLE plain ENABLE ROW LEVEL SECURITY;
ALTER TABLE plain FORCE ROW LEVEL SECURITY;
ALTER TABLE plain REPLICA IDENTITY USING INDEX plain_code;
ALTER TABLE plain OWNER TO keeper;
CREATE TABLE kept (id integer PRIMARY KEY) WITH (autovacuum_enabled = false);
ALTER TABLE kept REPLICA IDENTITY NOTHING;
CREATE TABLE typed (name text, age integer);
CREATE TABLE untyped OF person;
CREATE TABLE new (id integer NOT NULL CONSTRAINT by_id UNIQUE) WITH (fillfactor = 70, toast.autovacuum_enabled = false);
ALTER TABLE new ENABLE ROW LEVEL SECURITY;
ALTER TABLE new REPLICA IDENTITY USING INDEX by_id;
ALTER TABLE new OWNER TO keeper;
COMMENT ON TABLE new IS 'New';
