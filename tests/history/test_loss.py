"""Which statements of a rollback may destroy data: each one is put to the user."""

from __future__ import annotations

import pytest

from schema_tools.history.loss import losses
from schema_tools.history.statements import split

LOSSES = {
    "DROP TABLE t": "drops a table",
    "INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET name = excluded.name": "overwrites",
    "WITH x AS (SELECT 1) INSERT INTO t SELECT 1 ON CONFLICT (id) DO UPDATE SET id = 1": "overwri",
    "INSERT INTO t (id) WITH gone AS (DELETE FROM u RETURNING id) SELECT id FROM gone": "changes",
    "INSERT INTO log (n) SELECT purge_users()": "runs purge_users()",
    "CREATE TABLE kept AS WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x": "changes rows",
    "CREATE UNLOGGED TABLE IF NOT EXISTS kept (n) AS SELECT purge_users()": "runs purge_users()",
    "CREATE MATERIALIZED VIEW m AS SELECT purge_users() WITH DATA": "runs purge_users()",
    "CREATE TABLE kept AS EXECUTE purge": "a prepared statement",
    "TRUNCATE t CASCADE": "empties a table, and those that refer to it",
    "COPY (DELETE FROM t RETURNING *) TO '/tmp/gone'": "changes rows",
    "COPY t TO PROGRAM 'rm file'": "runs a program",
    "EXPLAIN ANALYZE DELETE FROM t": "deletes rows",
    "EXPLAIN ANALYSE VERBOSE UPDATE t SET id = 1": "overwrites rows",
    "EXPLAIN (COSTS off, ANALYZE) DELETE FROM t": "deletes rows",
    "EXPLAIN (ANALYZE true) SELECT purge_users()": "runs purge_users()",
    "SELECT lo_unlink(17)": "deletes a large object",
    "SELECT pg_catalog.setval('s', 1)": "sets a sequence",
    "SELECT setval('s', 1, false), now()": "sets a sequence",
    "SELECT purge_users()": "runs purge_users()",
    "SELECT 1 WHERE app.purge(1) IS NULL": "runs app.purge()",
    'SELECT "Purge"()': 'runs "Purge"()',
    "SELECT app.count(*)": "runs app.count()",
    "VALUES (purge_users())": "runs purge_users()",
    "(SELECT purge_users())": "runs purge_users()",
    "WITH x AS (SELECT purge_users()) SELECT * FROM x": "runs purge_users()",
    "EXECUTE purge": "a prepared statement",
    "CALL purge()": "may do anything",
    "ALTER SEQUENCE s RESTART WITH 1": "sets a sequence",
    "DROP FUNCTION f() CASCADE": "drops what depends on it",
    "DROP FUNCTION IF EXISTS f(int), g() CASCADE": "drops what depends on it",
    "DROP TYPE mood CASCADE": "drops what depends on it",
    "DROP COLLATION german CASCADE": "drops what depends on it",
    "DROP OPERATOR === (box, box) CASCADE": "drops what depends on it",
    "DROP VIEW v CASCADE": "drops what depends on it",
    "DROP EXTENSION hstore CASCADE": "drops what depends on it",
}
HARMLESS = (
    "SELECT 1",
    "SELECT count(*), max(id), coalesce(name, '') FROM t WHERE id IN (1, 2)",
    "SELECT pg_catalog.set_config('search_path', '', false)",
    "SELECT id::numeric(10, 2) FROM t AS x (id) WHERE EXISTS (SELECT 1) AND (id = ANY (ARRAY[1]))",
    "SELECT 'purge()', \"purge\" FROM purge -- purge()",
    "INSERT INTO t (id, name) VALUES (1, 'a')",
    "INSERT INTO app.t (id) SELECT 1 ON CONFLICT (id) DO NOTHING",
    'INSERT INTO "T" AS x (id) VALUES (1)',
    "WITH x (id) AS (SELECT 1) SELECT * FROM x",
    "EXPLAIN DELETE FROM t",
    "EXPLAIN (ANALYZE false) DELETE FROM t",
    "EXPLAIN ANALYZE SELECT 1",
    "COPY t TO '/tmp/backup'",
    "COPY t (id, name) FROM '/tmp/backup'",
    "WITH x AS (SELECT 1) (SELECT * FROM x)",
    "PREPARE purge (int) AS DELETE FROM t",
    "CREATE RULE r AS ON DELETE TO t DO INSTEAD (UPDATE t SET gone = true)",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'DELETE FROM t'",
    "CREATE TABLE kept AS TABLE t",
    "CREATE TABLE kept AS SELECT id, now() AS at FROM t",
    "CREATE TABLE t (n int GENERATED ALWAYS AS (length(name)) STORED, name text DEFAULT f())",
    "CREATE VIEW v AS SELECT purge_users()",
    "ALTER SEQUENCE s OWNED BY NONE",
    "ALTER TABLE t DROP CONSTRAINT c CASCADE",
    "DROP INDEX i CASCADE",
    "DROP TRIGGER g ON t CASCADE",
    "DROP FUNCTION f()",
    "DROP TYPE mood",
)


def found(text: str) -> list[str]:
    return [what for _statement, what in losses(split(f"{text};"))]


@pytest.mark.parametrize(("text", "words"), LOSSES.items(), ids=LOSSES)
def test_a_loss_is_found_and_named(text, words):
    (what,) = found(text)
    assert what.startswith(words) or words in what


@pytest.mark.parametrize("text", HARMLESS)
def test_what_destroys_nothing_is_not_asked_about(text):
    assert found(text) == []
