CREATE TABLE base (a integer, b text DEFAULT 'x', c integer, gone integer, kept integer);
CREATE TABLE child (c integer DEFAULT 5, kept integer) INHERITS (base);
CREATE TABLE grandchild () INHERITS (child);
ALTER TABLE child ALTER COLUMN b SET DEFAULT 'own';
CREATE INDEX child_a ON child (a);
-- after
CREATE TABLE base (a bigint, b text DEFAULT 'y', c integer NOT NULL, new integer DEFAULT 1);
CREATE TABLE child (c integer DEFAULT 6) INHERITS (base);
CREATE TABLE grandchild () INHERITS (child);
ALTER TABLE child ALTER COLUMN b SET DEFAULT 'own';
ALTER TABLE child ALTER COLUMN new SET DEFAULT 2;
ALTER TABLE grandchild ALTER COLUMN new DROP DEFAULT;
ALTER TABLE ONLY base ALTER COLUMN b SET STATISTICS 5;
COMMENT ON COLUMN child.new IS 'own';
CREATE INDEX child_a ON child (a);
