CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('good');
CREATE TYPE app.span AS RANGE (SUBTYPE = integer);
CREATE FUNCTION app.rated(app.mood) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION app.scored(app.mood) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT 2';
CREATE CAST (app.mood AS integer) WITH FUNCTION app.rated(app.mood) AS ASSIGNMENT;
COMMENT ON CAST (app.mood AS integer) IS 'how good';
CREATE CAST (app.mood AS bigint) WITH INOUT;
CREATE CAST (integer AS app.mood) WITH INOUT AS IMPLICIT;
-- after
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('good');
CREATE DOMAIN app."A" AS integer;
CREATE FUNCTION app.scored(app.mood) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT 2';
CREATE CAST (app.mood AS integer) WITH FUNCTION app.scored(app.mood);
CREATE CAST (app.mood AS bigint) WITH INOUT;
COMMENT ON CAST (app.mood AS bigint) IS 'it''s by its name';
CREATE CAST (bytea AS bit varying) WITHOUT FUNCTION AS IMPLICIT;
