-- roles: operator_owner
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('good', 'bad');
CREATE FUNCTION app.same(app.mood, app.mood) RETURNS boolean IMMUTABLE LANGUAGE sql
    AS 'SELECT $1::text = $2::text';
CREATE FUNCTION app.other(app.mood, app.mood) RETURNS boolean IMMUTABLE LANGUAGE sql
    AS 'SELECT $1::text <> $2::text';
CREATE OPERATOR app.=== (FUNCTION = app.same, LEFTARG = app.mood, RIGHTARG = app.mood,
    RESTRICT = eqsel);
COMMENT ON OPERATOR app.=== (app.mood, app.mood) IS 'the same mood';
CREATE OPERATOR ### (FUNCTION = int4um, RIGHTARG = integer);
CREATE OPERATOR <+> (FUNCTION = int4pl, LEFTARG = integer, RIGHTARG = integer);
CREATE OPERATOR <<< (FUNCTION = int4lt, LEFTARG = integer, RIGHTARG = integer);
CREATE TABLE t (m app.mood, CONSTRAINT reflexive CHECK (m OPERATOR(app.===) m));
CREATE VIEW good_ones AS SELECT m FROM t WHERE m OPERATOR(app.===) 'good';
-- after
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('good', 'bad');
CREATE FUNCTION app.same(app.mood, app.mood) RETURNS boolean IMMUTABLE LANGUAGE sql
    AS 'SELECT $1::text = $2::text';
CREATE FUNCTION app.other(app.mood, app.mood) RETURNS boolean IMMUTABLE LANGUAGE sql
    AS 'SELECT $1::text <> $2::text';
CREATE OPERATOR app.=== (FUNCTION = app.same, LEFTARG = app.mood, RIGHTARG = app.mood,
    COMMUTATOR = OPERATOR(app.===), NEGATOR = OPERATOR(app.<=>), RESTRICT = eqsel,
    JOIN = eqjoinsel, HASHES, MERGES);
CREATE OPERATOR app.<=> (FUNCTION = app.other, LEFTARG = app.mood, RIGHTARG = app.mood,
    COMMUTATOR = OPERATOR(app.<=>), NEGATOR = OPERATOR(app.===));
ALTER OPERATOR app.<=> (app.mood, app.mood) OWNER TO operator_owner;
COMMENT ON OPERATOR app.<=> (app.mood, app.mood) IS 'it''s another';
CREATE OPERATOR <+> (FUNCTION = int4mi, LEFTARG = integer, RIGHTARG = integer);
CREATE OPERATOR <+> (FUNCTION = int8pl, LEFTARG = bigint, RIGHTARG = bigint);
CREATE OPERATOR <<< (FUNCTION = int4lt, LEFTARG = integer, RIGHTARG = integer,
    RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
ALTER OPERATOR <<< (integer, integer) OWNER TO operator_owner;
COMMENT ON OPERATOR <<< (integer, integer) IS 'before';
CREATE TABLE t (m app.mood, CONSTRAINT reflexive CHECK (m OPERATOR(app.===) m));
CREATE VIEW good_ones AS SELECT m FROM t WHERE m OPERATOR(app.===) 'good';
