CREATE TABLE t (a integer, b integer GENERATED ALWAYS AS (a + 1) STORED, c integer GENERATED ALWAYS AS (a * 2) STORED,
                d integer, gone integer, of_gone integer GENERATED ALWAYS AS (gone + a) STORED);
CREATE INDEX by_b ON t (b);
ALTER TABLE t ADD CHECK (c > 0);
-- after
CREATE TABLE t (a integer, b integer GENERATED ALWAYS AS (a + 2) STORED, c integer DEFAULT 3,
                d integer GENERATED ALWAYS AS (a - 1) STORED);
CREATE INDEX by_b ON t (b);
ALTER TABLE t ADD CHECK (c > 0);
