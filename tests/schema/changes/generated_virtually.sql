-- from version: 18
CREATE TABLE t (a integer, b integer GENERATED ALWAYS AS (a + 1) VIRTUAL, c integer GENERATED ALWAYS AS (a + 1) STORED,
                d integer GENERATED ALWAYS AS (a) VIRTUAL);
-- after
CREATE TABLE t (a bigint, b integer GENERATED ALWAYS AS (a + 1) STORED, c integer GENERATED ALWAYS AS (a + 1) VIRTUAL,
                d integer);
