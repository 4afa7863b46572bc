CREATE TABLE a (id bigint); -- expect: lint.if_not_exists
CREATE UNLOGGED TABLE b AS SELECT 1 WHERE NOT EXISTS (SELECT 1); -- expect: lint.if_not_exists
CREATE UNIQUE INDEX i ON a (id); -- expect: lint.if_not_exists
CREATE SCHEMA s; -- expect: lint.if_not_exists
CREATE EXTENSION citext; -- expect: lint.if_not_exists
CREATE SEQUENCE q; -- expect: lint.if_not_exists
CREATE MATERIALIZED VIEW m AS SELECT 1; -- expect: lint.if_not_exists
CREATE STATISTICS st (dependencies) ON a, b FROM c; -- expect: lint.if_not_exists
ALTER TYPE mood ADD VALUE 'fair' BEFORE 'good'; -- expect: lint.if_not_exists
ALTER TABLE a
    ADD b bigint, -- expect: lint.if_not_exists
    ADD CONSTRAINT c CHECK (b > 0),
    ADD COLUMN IF NOT EXISTS d bigint,
    -- expect: lint.if_not_exists
    ADD COLUMN e bigint;
