-- roles: test_owner
CREATE TABLE t (id int PRIMARY KEY, name text);
CREATE FUNCTION going() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION body(a int) RETURNS int LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION overloaded(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION overloaded(text) RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION attributes(a int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN a; END';
CREATE FUNCTION many(a int) RETURNS SETOF int LANGUAGE plpgsql IMMUTABLE STRICT LEAKPROOF SECURITY DEFINER
    PARALLEL SAFE COST 7 ROWS 11 SET search_path TO public, "$user", "Odd ""name" SET work_mem = '1MB'
    AS 'BEGIN RETURN NEXT a; END';
CREATE FUNCTION result(a int) RETURNS int LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION argument_names(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION defaults(a int, b int DEFAULT 1, c text DEFAULT 'x') RETURNS int LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION standard(a int) RETURNS int RETURN a + 1;
CREATE FUNCTION to_standard(a int) RETURNS bigint LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION to_plpgsql(a int) RETURNS int LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION out_columns(OUT a int, OUT b text) LANGUAGE sql AS $$SELECT 1, 'x'$$;
CREATE FUNCTION owned() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION becomes_procedure(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
COMMENT ON FUNCTION owned() IS 'before';
-- after
CREATE TABLE t (id int PRIMARY KEY, name text);
CREATE FUNCTION body(a int) RETURNS int LANGUAGE sql AS $x$SELECT a + length('$$''\') -- $body$ $x$;
CREATE FUNCTION overloaded(int) RETURNS int LANGUAGE sql AS 'SELECT 3';
CREATE FUNCTION overloaded(text, int[]) RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION attributes(a int) RETURNS int LANGUAGE plpgsql STABLE STRICT LEAKPROOF SECURITY DEFINER PARALLEL RESTRICTED
    COST 0.5 SET search_path = '' SET "app.user" = 'it''s' SET "Odd.name" TO 'x' AS 'BEGIN RETURN a; END';
CREATE FUNCTION many(a int) RETURNS SETOF int LANGUAGE plpgsql SET search_path TO public AS 'BEGIN RETURN NEXT a; END';
CREATE FUNCTION result(a int) RETURNS text LANGUAGE sql AS $$SELECT 'x'$$;
CREATE FUNCTION argument_names(b int, a int) RETURNS int LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION defaults(a int, b int, c text DEFAULT 'y') RETURNS int LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION standard(a int) RETURNS int BEGIN ATOMIC SELECT count(*)::int FROM t WHERE id > a; SELECT a; END;
CREATE FUNCTION to_standard(a int) RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM t WHERE name = ';'; END;
CREATE FUNCTION to_plpgsql(a int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN a; END';
CREATE FUNCTION out_columns(OUT a int, OUT b text, OUT c int) LANGUAGE sql AS $$SELECT 1, 'x', 2$$;
CREATE FUNCTION owned() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION owned() OWNER TO test_owner;
CREATE PROCEDURE becomes_procedure(int) LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION "Odd name"(VARIADIC "a b" text[], OUT x int) LANGUAGE plpgsql WINDOW
    AS $f$BEGIN x := 1; END$f$;
CREATE FUNCTION row_in(r t, INOUT n int DEFAULT 3) LANGUAGE sql AS 'SELECT n';
CREATE FUNCTION row_out() RETURNS SETOF t LANGUAGE sql ROWS 5 AS 'SELECT * FROM t';
CREATE FUNCTION in_table(a anyelement) RETURNS TABLE (x anyelement, "y z" varchar) LANGUAGE sql AS $$SELECT a, ''$$;
CREATE FUNCTION supported(int) RETURNS int LANGUAGE internal IMMUTABLE STRICT SUPPORT pg_catalog.generate_series_int4_support
    AS 'int4inc';
COMMENT ON FUNCTION row_out() IS 'it''s new';
CREATE FUNCTION in_c() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE TRANSFORM FOR macaddr LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal));
CREATE FUNCTION transformed(macaddr) RETURNS int LANGUAGE sql TRANSFORM FOR TYPE macaddr AS 'SELECT 1';
