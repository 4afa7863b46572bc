CREATE TABLE t (a int);
-- after
CREATE TABLE t (a int, b text NOT NULL DEFAULT 'x', c int GENERATED ALWAYS AS IDENTITY,
                d int GENERATED ALWAYS AS (a * 2) STORED, "E f" varchar(3) COLLATE "C");
COMMENT ON COLUMN t.b IS 'it''s b';
