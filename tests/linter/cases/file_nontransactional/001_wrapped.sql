BEGIN;
CREATE TABLE a (id bigint);
CREATE INDEX CONCURRENTLY i ON a (id);  -- expect: file.nontransactional
VACUUM a;  -- expect: file.nontransactional
COMMIT;
-- DOWN
-- BEGIN;
-- DROP INDEX CONCURRENTLY i; -- expect: file.nontransactional
-- COMMIT;
