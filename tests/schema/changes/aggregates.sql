-- roles: test_owner
CREATE FUNCTION plus(bigint, int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
CREATE FUNCTION minus(bigint, int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 - $2';
CREATE FUNCTION both_of(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
CREATE FUNCTION shown(bigint) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';
CREATE AGGREGATE going(int) (SFUNC = plus, STYPE = bigint);
CREATE AGGREGATE start(int) (SFUNC = plus, STYPE = bigint, INITCOND = '0');
CREATE AGGREGATE result(int) (SFUNC = plus, STYPE = bigint);
CREATE AGGREGATE parts(int) (SFUNC = plus, STYPE = bigint);
CREATE AGGREGATE "Odd name"(int) (SFUNC = plus, STYPE = bigint);
CREATE VIEW uses AS SELECT result(n) AS r, start(n) AS s FROM generate_series(1, 3) n;
COMMENT ON AGGREGATE start(int) IS 'before';
-- after
CREATE FUNCTION plus(bigint, int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
CREATE FUNCTION minus(bigint, int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 - $2';
CREATE FUNCTION both_of(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
CREATE FUNCTION shown(bigint) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';
CREATE FUNCTION counted(internal, "any") RETURNS internal LANGUAGE internal IMMUTABLE AS 'ordered_set_transition';
CREATE AGGREGATE start(int) (SFUNC = plus, STYPE = bigint, INITCOND = '1');
CREATE AGGREGATE result(int) (SFUNC = plus, STYPE = bigint, FINALFUNC = shown, FINALFUNC_MODIFY = SHAREABLE);
CREATE AGGREGATE parts(int) (SFUNC = plus, STYPE = bigint, SSPACE = 16, COMBINEFUNC = both_of, PARALLEL = SAFE,
    INITCOND = '0', MSFUNC = plus, MINVFUNC = minus, MSTYPE = bigint, MSSPACE = 8, MFINALFUNC = shown,
    MFINALFUNC_MODIFY = READ_WRITE, MINITCOND = '7', FINALFUNC = shown);
CREATE AGGREGATE "Odd name"(int) (SFUNC = plus, STYPE = bigint);
ALTER AGGREGATE "Odd name"(int) OWNER TO test_owner;
CREATE AGGREGATE smallest(int) (SFUNC = int4smaller, STYPE = int, SORTOP = <);
CREATE AGGREGATE everything(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');
CREATE AGGREGATE middle(double precision ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal,
    FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA, PARALLEL = RESTRICTED);
CREATE AGGREGATE my_rank(VARIADIC "any" ORDER BY VARIADIC "any") (SFUNC = ordered_set_transition_multi, STYPE = internal,
    FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL);
CREATE VIEW uses AS SELECT result(n) AS r, start(n) AS s FROM generate_series(1, 3) n;
COMMENT ON AGGREGATE middle(double precision ORDER BY anyelement) IS 'after';
COMMENT ON AGGREGATE everything(*) IS 'after';
