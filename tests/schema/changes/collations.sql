-- roles: collation_owner
CREATE SCHEMA app;
CREATE COLLATION app.bytes (LC_COLLATE = 'C', LC_CTYPE = 'POSIX');
COMMENT ON COLLATION app.bytes IS 'as in the machine';
CREATE COLLATION c (LOCALE = 'C');
CREATE COLLATION unused (LOCALE = 'POSIX');
CREATE COLLATION gone FROM "C";
CREATE TABLE t (name text COLLATE app.bytes DEFAULT 'a', other varchar(9) COLLATE c);
CREATE INDEX by_name ON t (name);
CREATE INDEX by_other ON t (other COLLATE app.bytes);
-- after
CREATE SCHEMA app;
CREATE COLLATION app.bytes (LOCALE = 'POSIX');
ALTER COLLATION app.bytes OWNER TO collation_owner;
CREATE COLLATION c (LOCALE = 'C');
COMMENT ON COLLATION c IS 'it''s bytes';
CREATE COLLATION unused (LOCALE = 'C');
CREATE TABLE t (name text COLLATE app.bytes DEFAULT 'a', other varchar(9) COLLATE c);
CREATE INDEX by_name ON t (name);
CREATE INDEX by_other ON t (other COLLATE app.bytes);
