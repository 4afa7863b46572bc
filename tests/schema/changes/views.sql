-- roles: test_owner
CREATE TYPE mood AS ENUM ('ok', 'bad');
CREATE TABLE t (id int PRIMARY KEY, name varchar(20), "Odd col" int);
CREATE VIEW going AS SELECT 1 AS one;
CREATE VIEW same_columns AS SELECT id, name FROM t;
CREATE VIEW more_columns AS SELECT id FROM t;
CREATE VIEW other_columns AS SELECT id, name FROM t;
CREATE VIEW options WITH (security_barrier, check_option = local) AS SELECT id FROM t WHERE id > 0;
CREATE VIEW plain AS SELECT id FROM t WHERE id > 0;
CREATE VIEW defaults AS SELECT id, name, "Odd col" FROM t;
ALTER VIEW defaults ALTER COLUMN name SET DEFAULT 'x';
COMMENT ON VIEW defaults IS 'before';
COMMENT ON COLUMN defaults.id IS 'it''s before';
CREATE VIEW renamed_column AS SELECT id AS a FROM t;
-- after
CREATE TYPE mood AS ENUM ('ok', 'bad');
CREATE TABLE t (id int PRIMARY KEY, name varchar(20), "Odd col" int);
CREATE VIEW same_columns AS SELECT id, name FROM t WHERE id IN (1, 2) OR name = 'a' ORDER BY id;
CREATE VIEW more_columns AS SELECT id, 'ok'::mood AS mood FROM t;
CREATE VIEW other_columns AS SELECT id, name::text COLLATE "C" AS name FROM t;
CREATE VIEW options AS SELECT id FROM t WHERE id > 0;
CREATE VIEW plain WITH (security_invoker = on, security_barrier = 1, check_option = cascaded)
    AS SELECT id FROM t WHERE id > 0;
CREATE VIEW defaults AS SELECT id, name, "Odd col" FROM t;
ALTER VIEW defaults ALTER COLUMN "Odd col" SET DEFAULT 3;
ALTER VIEW defaults ALTER COLUMN id SET DEFAULT 1 + 1;
COMMENT ON COLUMN defaults."Odd col" IS 'after';
CREATE VIEW renamed_column AS SELECT id AS b FROM t;
CREATE VIEW a_needs_b AS SELECT count(*) AS n FROM more_columns;
CREATE VIEW "new" WITH (security_barrier) AS SELECT 1 AS "select", now() AS at;
ALTER VIEW "new" ALTER COLUMN "select" SET DEFAULT 7;
ALTER VIEW "new" OWNER TO test_owner;
ALTER VIEW plain OWNER TO test_owner;
COMMENT ON VIEW "new" IS 'a comment';
COMMENT ON COLUMN "new".at IS 'when';
CREATE RECURSIVE VIEW steps (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM steps WHERE n < 9;
