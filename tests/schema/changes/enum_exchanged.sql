-- roles: enum_owner
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('bad', 'ok', 'good');
COMMENT ON TYPE app.mood IS 'how one feels';
ALTER TYPE app.mood OWNER TO enum_owner;
CREATE TYPE app.mood_old AS ENUM ();
CREATE TYPE unused AS ENUM ('a', 'b');
CREATE TABLE t (
    i integer PRIMARY KEY,
    m app.mood NOT NULL DEFAULT 'bad',
    several app.mood[] DEFAULT '{bad,good}',
    becomes_text app.mood DEFAULT 'ok',
    goes app.mood,
    computed app.mood GENERATED ALWAYS AS (CASE i WHEN 1 THEN 'good'::app.mood END) STORED,
    stated text DEFAULT ('ok'::app.mood)::text,
    CONSTRAINT not_ok CHECK (m <> 'ok'::app.mood)
);
CREATE INDEX good_ones ON t (i) WHERE m = 'good'::app.mood;
CREATE INDEX by_mood ON t (m);
INSERT INTO t VALUES (1, 'good', '{good,good}', 'bad', NULL);
CREATE TABLE parent (i integer, m app.mood DEFAULT 'good') PARTITION BY LIST (i);
CREATE TABLE part PARTITION OF parent FOR VALUES IN (1);
CREATE FUNCTION app.improved(app.mood) RETURNS app.mood LANGUAGE sql AS 'SELECT $1';
CREATE VIEW moods AS SELECT i, m, app.improved(m) AS improved FROM t;
CREATE POLICY only_good ON t USING (m = 'good'::app.mood);
-- after
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('good', 'ok');
COMMENT ON TYPE app.mood IS 'how one feels';
ALTER TYPE app.mood OWNER TO enum_owner;
CREATE TYPE app.mood_old AS ENUM ();
CREATE TYPE unused AS ENUM ('b', 'a');
CREATE TABLE t (
    i integer PRIMARY KEY,
    m app.mood NOT NULL,
    several app.mood[] DEFAULT '{good}',
    becomes_text text DEFAULT 'none',
    comes app.mood,
    computed app.mood GENERATED ALWAYS AS (CASE i WHEN 1 THEN 'good'::app.mood END) STORED,
    stated text DEFAULT ('good'::app.mood)::text,
    CONSTRAINT not_ok CHECK (m <> 'ok'::app.mood)
);
CREATE INDEX good_ones ON t (i) WHERE m = 'good'::app.mood;
CREATE INDEX by_mood ON t (m);
INSERT INTO t VALUES (1, 'good');
CREATE TABLE parent (i integer, m app.mood DEFAULT 'good') PARTITION BY LIST (i);
CREATE TABLE part PARTITION OF parent FOR VALUES IN (1);
CREATE FUNCTION app.improved(app.mood) RETURNS app.mood LANGUAGE sql AS 'SELECT $1';
CREATE VIEW moods AS SELECT i, m, app.improved(m) AS improved FROM t;
CREATE POLICY only_good ON t USING (m = 'good'::app.mood);
