"""The name of each command, and what it reaches beyond its database."""

from __future__ import annotations

import pytest

from schema_tools.history.reach import reaches_outside
from schema_tools.history.statements import split
from schema_tools.history.verbs import COMMAND_WORDS, has, is_on, options, verb_of, words_of
from schema_tools.lexer import significant

VERBS = {
    "CREATE TABLE t (a int)": "CREATE TABLE",
    "create unlogged table if not exists t ()": "CREATE TABLE",
    "CREATE TEMP TABLE t ()": "CREATE TEMP TABLE",
    "CREATE LOCAL TEMPORARY TABLE t ()": "CREATE TEMP TABLE",
    "CREATE OR REPLACE TEMP RECURSIVE VIEW v AS SELECT 1": "CREATE TEMP VIEW",
    "CREATE MATERIALIZED VIEW m AS SELECT 1": "CREATE MATERIALIZED VIEW",
    "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)": "CREATE INDEX CONCURRENTLY",
    "CREATE INDEX i ON t (a)": "CREATE INDEX",
    'CREATE INDEX "CONCURRENTLY" ON t (a)': "CREATE INDEX",
    "CREATE OR REPLACE FUNCTION f() RETURNS int RETURN 1": "CREATE FUNCTION",
    "CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t": "CREATE TRIGGER",
    "CREATE EVENT TRIGGER g ON ddl_command_end": "CREATE EVENT TRIGGER",
    "CREATE TRUSTED PROCEDURAL LANGUAGE l": "CREATE LANGUAGE",
    "CREATE DEFAULT CONVERSION c FOR 'a' TO 'b' FROM f": "CREATE CONVERSION",
    "CREATE TEXT SEARCH CONFIGURATION c (PARSER = p)": "CREATE TEXT SEARCH CONFIGURATION",
    "CREATE FOREIGN DATA WRAPPER w": "CREATE FOREIGN DATA WRAPPER",
    "CREATE USER MAPPING FOR u SERVER s": "CREATE USER MAPPING",
    "CREATE USER u": "CREATE USER",
    "CREATE OPERATOR CLASS c FOR TYPE t USING btree AS STORAGE t": "CREATE OPERATOR CLASS",
    "CREATE OPERATOR @ (FUNCTION = f)": "CREATE OPERATOR",
    "CREATE SOMETHING NEW": "CREATE",
    "CREATE": "CREATE",
    "DROP INDEX CONCURRENTLY IF EXISTS i": "DROP INDEX CONCURRENTLY",
    "DROP INDEX i": "DROP INDEX",
    "DROP PROCEDURAL LANGUAGE l": "DROP LANGUAGE",
    "DROP OWNED BY r": "DROP OWNED",
    "ALTER TABLE t ADD COLUMN a int": "ALTER TABLE",
    "ALTER TABLE p DETACH PARTITION p1": "ALTER TABLE",
    "ALTER TABLE p DETACH PARTITION s.q CONCURRENTLY": "ALTER TABLE DETACH PARTITION CONCURRENTLY",
    "ALTER TABLE p DETACH PARTITION p1 FINALIZE": "ALTER TABLE DETACH PARTITION FINALIZE",
    "ALTER TYPE e ADD VALUE IF NOT EXISTS 'a'": "ALTER TYPE ADD VALUE",
    "ALTER TYPE e RENAME TO f": "ALTER TYPE",
    "ALTER DATABASE d SET TABLESPACE s": "ALTER DATABASE SET TABLESPACE",
    "ALTER DATABASE d SET work_mem = '1MB'": "ALTER DATABASE",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO r": "ALTER DEFAULT PRIVILEGES",
    "ALTER PROCEDURAL LANGUAGE l RENAME TO m": "ALTER LANGUAGE",
    "ALTER SYSTEM SET a = b": "ALTER SYSTEM",
    "REINDEX (VERBOSE, CONCURRENTLY) TABLE t": "REINDEX TABLE CONCURRENTLY",
    "REINDEX TABLE CONCURRENTLY t": "REINDEX TABLE CONCURRENTLY",
    "REINDEX (CONCURRENTLY off) INDEX i": "REINDEX INDEX",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY m": "REFRESH MATERIALIZED VIEW CONCURRENTLY",
    "REFRESH MATERIALIZED VIEW m": "REFRESH MATERIALIZED VIEW",
    "COMMENT ON COLUMN t.a IS 'x'": "COMMENT ON COLUMN",
    "SECURITY LABEL FOR x ON ROLE r IS 'y'": "SECURITY LABEL ON ROLE",
    "SECURITY LABEL": "SECURITY LABEL ON",
    "IMPORT FOREIGN SCHEMA s FROM SERVER x INTO y": "IMPORT FOREIGN SCHEMA",
    "REASSIGN OWNED BY a TO b": "REASSIGN OWNED",
    "SET a = b": "SET",
    "SET SESSION a = b": "SET",
    "SET LOCAL a = b": "SET LOCAL",
    "SET ROLE r": "SET ROLE",
    "SET TRANSACTION READ ONLY": "SET TRANSACTION",
    "SET CONSTRAINTS ALL IMMEDIATE": "SET CONSTRAINTS",
    "SET SESSION AUTHORIZATION r": "SET SESSION AUTHORIZATION",
    "SET LOCAL SESSION AUTHORIZATION r": "SET SESSION AUTHORIZATION",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY": "SET SESSION CHARACTERISTICS",
    "RESET ROLE": "RESET ROLE",
    "RESET ALL": "RESET",
    "BEGIN WORK ISOLATION LEVEL SERIALIZABLE": "BEGIN",
    "START TRANSACTION READ ONLY": "START TRANSACTION",
    "COMMIT WORK AND NO CHAIN": "COMMIT",
    "COMMIT AND CHAIN": "COMMIT AND CHAIN",
    "COMMIT PREPARED 'x'": "COMMIT PREPARED",
    "END TRANSACTION": "END",
    "ABORT": "ABORT",
    "ROLLBACK": "ROLLBACK",
    "ROLLBACK WORK TO SAVEPOINT s": "ROLLBACK TO",
    "ROLLBACK PREPARED 'x'": "ROLLBACK PREPARED",
    "RELEASE SAVEPOINT s": "RELEASE",
    "PREPARE TRANSACTION 'x'": "PREPARE TRANSACTION",
    "PREPARE p AS SELECT 1": "PREPARE",
    "DISCARD ALL": "DISCARD ALL",
    "DISCARD PLANS": "DISCARD",
    "WITH a AS (DELETE FROM t RETURNING *) INSERT INTO u SELECT * FROM a": "INSERT",
    "WITH RECURSIVE a AS (SELECT 1) SELECT * FROM a": "SELECT",
    "WITH": "WITH",
    "(SELECT 1) UNION (SELECT 2)": "SELECT",
    "DO $$ BEGIN END $$": "DO",
    "/* a */ vacuum /* b */ t": "VACUUM",
    "(": "",
    "1": "",
    '"SELECT"': "",
}


@pytest.mark.parametrize("text", VERBS)
def test_a_statement_has_its_commands_name(text):
    assert verb_of(tuple(significant(text))) == VERBS[text]


def test_the_first_word_of_every_command_is_known():
    assert {verb.split()[0] for verb in VERBS.values() if verb} <= COMMAND_WORDS


def test_an_outline_leaves_out_what_is_in_parentheses():
    assert words_of("a \"b\" (c (d)) 'e' ) f") == ("A", '"b"', "()", "'E'", "F")


def test_words_are_found_one_after_another():
    assert has(("A", "B", "C"), "B", "C")
    assert not has(("A", "B", "C"), "A", "C")
    assert not has((), "A")


def test_options_are_read_with_their_values():
    given = options(significant("X WITH (a, \"b\" = 'off', c on, d = 'x y') (e)"))
    assert given == {"A": "", "B": "OFF", "C": "ON", "D": "X Y"}
    assert [is_on(given, name) for name in "ABCE"] == [True, False, True, False]
    assert is_on(given, "E", default=True)
    assert options(significant("X")) == {}


OUTSIDE = (
    "ALTER SYSTEM SET a = b",
    "ALTER DATABASE d SET a = b",
    "ALTER DATABASE d SET TABLESPACE t",
    "CREATE DATABASE d",
    "DROP DATABASE d",
    "COMMENT ON DATABASE d IS 'x'",
    "REINDEX DATABASE d",
    "REINDEX SYSTEM d",
    "CREATE ROLE r",
    "CREATE USER r",
    "ALTER GROUP g ADD USER u",
    "ALTER ROLE r SET a = b",
    "DROP ROLE IF EXISTS r",
    "COMMENT ON ROLE r IS 'x'",
    "SECURITY LABEL ON ROLE r IS 'x'",
    "GRANT a TO b WITH ADMIN OPTION",
    "REVOKE ADMIN OPTION FOR a FROM b",
    "GRANT CONNECT ON DATABASE d TO r",
    "GRANT CREATE ON TABLESPACE t TO r",
    "GRANT SET ON PARAMETER p TO r",
    "CREATE TABLESPACE t LOCATION '/x'",
    "DROP TABLESPACE t",
    "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p",
    "ALTER SUBSCRIPTION s DISABLE",
    "DROP SUBSCRIPTION s",
    "COPY t TO PROGRAM 'cat'",
    "COPY t FROM '/x'",
    "DROP OWNED BY r",
    "REASSIGN OWNED BY a TO b",
    "IMPORT FOREIGN SCHEMA s FROM SERVER x INTO y",
    "CHECKPOINT",
    "SELECT a, (SELECT pg_catalog.pg_terminate_backend(1)) FROM b",
    "WITH x AS (SELECT 1) SELECT dblink_exec('a', 'b') FROM x",
    "INSERT INTO t SELECT pg_terminate_backend(pid) FROM p",
    "CREATE TABLE t AS SELECT dblink_exec('a', 'b')",
    "UPDATE t SET a = pg_promote()",
    "VALUES (pg_reload_conf())",
    "DO $$ BEGIN CREATE ROLE r; END $$",
    "DO $$ BEGIN RESET SESSION AUTHORIZATION; END $$",
    "RESET SESSION AUTHORIZATION",
    "SET SESSION AUTHORIZATION DEFAULT",
    "SET session_authorization = x",
    "DISCARD ALL",
    "DO $$ BEGIN EXECUTE 'alter  database d set a = b'; END $$",
    "DO $$ BEGIN PERFORM pg_terminate_backend (1); END $$",
    "DO 'BEGIN COPY t TO PROGRAM ''cat''; END'",
    "DO $$ BEGIN ALTER SYSTEM SET a = b; END $$",
    "DO $$ BEGIN REASSIGN OWNED BY a TO b; DROP TABLESPACE t; END $$",
)
INSIDE = (
    "CREATE TABLE t (role text)",
    "CREATE USER MAPPING FOR u SERVER s",
    "COMMENT ON TABLE t IS 'x'",
    "SECURITY LABEL ON TABLE t IS 'x'",
    "GRANT SELECT ON t TO r",
    "GRANT SELECT ON",
    "GRANT ALL ON ALL TABLES IN SCHEMA s TO r",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO r",
    "ALTER TABLE t SET TABLESPACE s",
    "SELECT nextval('s')",
    'SELECT "pg_reload_conf" FROM t',
    "NOTIFY x",
    "SET ROLE r",
    "VACUUM t",
    "INSERT INTO t VALUES (1)",
    "CREATE TABLE t (dblink text, pg_promote int)",
    "INSERT INTO t VALUES ('pg_promote()')",
    "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ SELECT pg_reload_conf() $$",
    "CREATE FUNCTION f() RETURNS bool LANGUAGE sql RETURN pg_reload_conf()",
    "DO $$ BEGIN CREATE TABLE t (i int); CREATE USER MAPPING FOR u SERVER s; END $$",
)


@pytest.mark.parametrize("text", OUTSIDE)
def test_a_statement_that_reaches_outside_says_why(text):
    assert reaches_outside(split(text)[0])


@pytest.mark.parametrize("text", INSIDE)
def test_a_statement_that_stays_inside_says_nothing(text):
    assert reaches_outside(split(text)[0]) == ""
