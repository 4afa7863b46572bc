-- roles: range_owner
CREATE SCHEMA app;
CREATE TYPE app.price AS RANGE (SUBTYPE = numeric);
COMMENT ON TYPE app.price IS 'from and to';
CREATE TYPE floats AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi, MULTIRANGE_TYPE_NAME = many);
CREATE TYPE words AS RANGE (SUBTYPE = text, SUBTYPE_OPCLASS = text_pattern_ops, COLLATION = "C");
CREATE TABLE t (p app.price, m many);
-- after
CREATE SCHEMA app;
CREATE TYPE app.price AS RANGE (SUBTYPE = numeric, MULTIRANGE_TYPE_NAME = app."Prices");
ALTER TYPE app.price OWNER TO range_owner;
CREATE TYPE floats AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi, MULTIRANGE_TYPE_NAME = many);
COMMENT ON TYPE floats IS 'it''s exact';
CREATE TYPE words AS RANGE (SUBTYPE = text);
CREATE TYPE made AS RANGE (SUBTYPE = integer, MULTIRANGE_TYPE_NAME = multimade);
CREATE TABLE t (p app.price, m many, w words, several multimade);
