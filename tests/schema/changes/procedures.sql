-- roles: test_owner
CREATE TABLE t (id int);
CREATE PROCEDURE going() LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE body(a int) LANGUAGE sql AS 'SELECT a';
CREATE PROCEDURE attributes(a int) LANGUAGE plpgsql AS 'BEGIN COMMIT; END';
CREATE PROCEDURE arguments(a int, b text DEFAULT 'x') LANGUAGE sql AS 'SELECT a';
CREATE PROCEDURE out_one(IN a int, OUT b int) LANGUAGE sql AS 'SELECT a';
CREATE PROCEDURE out_one(IN a int, IN b int) LANGUAGE sql AS 'SELECT a';
-- after
CREATE TABLE t (id int);
CREATE PROCEDURE body(a int) BEGIN ATOMIC INSERT INTO t VALUES (a); DELETE FROM t WHERE id = 3; END;
CREATE PROCEDURE attributes(a int) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS 'BEGIN COMMIT; END';
COMMENT ON PROCEDURE attributes(int) IS 'after';
CREATE PROCEDURE arguments(a int, c text) LANGUAGE sql AS 'SELECT a';
CREATE PROCEDURE out_one(IN a int, OUT b text) LANGUAGE sql AS $$SELECT 'x'$$;
CREATE PROCEDURE out_one(IN a int, IN b text) LANGUAGE sql AS 'SELECT a';
CREATE PROCEDURE "New one"(INOUT a int, VARIADIC b int[]) LANGUAGE plpgsql AS 'BEGIN a := 2; END';
ALTER PROCEDURE "New one" OWNER TO test_owner;
