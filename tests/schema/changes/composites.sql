-- roles: composite_owner
CREATE SCHEMA app;
CREATE TYPE app.pair AS (a integer, "B" text COLLATE "C");
COMMENT ON TYPE app.pair IS 'two of them';
COMMENT ON COLUMN app.pair.a IS 'the first';
CREATE TYPE grown AS (a integer, goes text);
CREATE TYPE reordered AS (a integer, b integer);
CREATE TYPE of_table AS (a integer);
CREATE TYPE nothing AS ();
CREATE TABLE t (p grown, several grown[]);
CREATE TABLE typed OF of_table;
INSERT INTO t VALUES ('(1,x)');
-- after
CREATE SCHEMA app;
CREATE TYPE app.later AS (x integer);
CREATE TYPE app.pair AS (a bigint, "B" text, c app.later[]);
ALTER TYPE app.pair OWNER TO composite_owner;
COMMENT ON COLUMN app.pair."B" IS 'it''s the second';
CREATE TYPE grown AS (a integer, b varchar(3));
COMMENT ON COLUMN grown.b IS 'new';
CREATE TYPE reordered AS (b integer, a integer);
COMMENT ON TYPE reordered IS 'other way round';
CREATE TYPE of_table AS (a integer);
CREATE TABLE t (p grown, several grown[]);
CREATE TABLE typed OF of_table;
INSERT INTO t VALUES ('(1,x)');
