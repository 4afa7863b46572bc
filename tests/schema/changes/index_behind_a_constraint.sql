CREATE TABLE t (a integer, b integer, r int4range,
    CONSTRAINT by_a UNIQUE (a) WITH (fillfactor = 70),
    CONSTRAINT by_b UNIQUE (b) INCLUDE (a),
    CONSTRAINT apart EXCLUDE USING gist (r WITH &&, int4range(a, b) WITH &&) WITH (fillfactor = 60) WHERE (a > 0) DEFERRABLE);
ALTER TABLE t CLUSTER ON by_a;
COMMENT ON INDEX by_a IS 'before';
ALTER INDEX apart ALTER COLUMN 2 SET STATISTICS 50;
-- after
CREATE TABLE t (a integer, b integer, r int4range,
    CONSTRAINT by_a UNIQUE (a),
    CONSTRAINT by_b UNIQUE (b) INCLUDE (a) WITH (fillfactor = 50),
    CONSTRAINT apart EXCLUDE USING gist (r WITH &&, int4range(a, b) WITH &&) WITH (buffering = off) WHERE (a > 0) DEFERRABLE,
    CONSTRAINT new EXCLUDE USING gist (int4range(b, a) WITH &&) INCLUDE (a) WITH (fillfactor = 30) WHERE ((a)::text <> ' WITH (x)'));
ALTER TABLE t CLUSTER ON by_b;
COMMENT ON INDEX by_b IS 'after';
COMMENT ON CONSTRAINT new ON t IS 'New';
ALTER INDEX new ALTER COLUMN 1 SET STATISTICS 70;
