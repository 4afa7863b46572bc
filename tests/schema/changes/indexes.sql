CREATE TABLE t (a int, b text, c jsonb);
CREATE INDEX plain ON t (a);
CREATE INDEX lowered ON t (lower(b));
CREATE INDEX going ON t (b);
COMMENT ON INDEX plain IS 'before';
-- after
CREATE TABLE t (a int, b text, c jsonb);
CREATE UNIQUE INDEX plain ON t (a DESC NULLS LAST) INCLUDE (b);
CREATE INDEX lowered ON t (upper(b) text_pattern_ops) WHERE a IS NOT NULL;
CREATE INDEX paths ON t USING gin (c jsonb_path_ops);
CREATE INDEX brief ON t USING brin (a) WITH (pages_per_range = 8);
CREATE INDEX "Odd "" name" ON t (b COLLATE "C");
COMMENT ON INDEX paths IS 'after';
