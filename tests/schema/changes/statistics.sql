-- roles: reader
CREATE SCHEMA app;
CREATE TABLE t (a int, b text, c date, going int);
CREATE TABLE app.u (a int, b int);
CREATE STATISTICS all_kinds ON a, b FROM t;
CREATE STATISTICS fewer (mcv) ON a, c FROM t;
CREATE STATISTICS with_column ON a, going FROM t;
CREATE STATISTICS one ON (lower(b)) FROM t;
ALTER STATISTICS one SET STATISTICS 50;
COMMENT ON STATISTICS one IS 'before';
-- after
CREATE SCHEMA app;
CREATE TABLE t (a int, b text, c date);
CREATE TABLE app.u (a int, b int);
CREATE STATISTICS all_kinds (ndistinct, dependencies) ON a, b FROM t;
CREATE STATISTICS fewer (mcv) ON a, b, (c + 1) FROM t;
CREATE STATISTICS one ON (lower(b)) FROM t;
CREATE STATISTICS app."of another" ON a, b FROM t;
CREATE STATISTICS app.of_u ON a, b FROM app.u;
ALTER STATISTICS all_kinds SET STATISTICS 0;
ALTER STATISTICS app.of_u SET STATISTICS 7;
ALTER STATISTICS app.of_u OWNER TO reader;
COMMENT ON STATISTICS app.of_u IS 'after';
