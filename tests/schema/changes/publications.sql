-- roles: reader
CREATE SCHEMA app;
CREATE TABLE t (id int PRIMARY KEY, a int, b text, old int);
CREATE TABLE gone (id int PRIMARY KEY);
CREATE TABLE app.u (id int PRIMARY KEY);
CREATE PUBLICATION narrow FOR TABLE t (id, a, old), gone WITH (publish = 'insert');
CREATE PUBLICATION filtered FOR TABLE t WHERE (a > 3), app.u;
CREATE PUBLICATION emptied FOR TABLE gone, TABLES IN SCHEMA app;
CREATE PUBLICATION everything FOR ALL TABLES;
CREATE PUBLICATION dropped FOR TABLE t;
COMMENT ON PUBLICATION filtered IS 'before';
-- after
CREATE SCHEMA app;
CREATE TABLE t (id int PRIMARY KEY, a int, b text, new boolean);
CREATE TABLE app.u (id int PRIMARY KEY);
CREATE PUBLICATION narrow FOR TABLE t (id, b, new)
    WITH (publish = 'insert, update', publish_via_partition_root);
CREATE PUBLICATION filtered FOR TABLE t WHERE (new), app.u WHERE (id IS NOT NULL AND id < 9);
CREATE PUBLICATION emptied;
CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA app, TABLE t;
CREATE PUBLICATION everything FOR TABLE t;
CREATE PUBLICATION "made new" FOR TABLE t;
COMMENT ON PUBLICATION everything IS 'after';
ALTER PUBLICATION filtered OWNER TO reader;
