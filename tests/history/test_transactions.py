"""Which statements need to be outside a transaction: our list against the server's own refusal."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from schema_tools.findings import Location, Severity
from schema_tools.history.files import parse_migration
from schema_tools.history.statements import split
from schema_tools.history.transactions import needs_no_transaction, transaction_problems

PREPARATION = """
CREATE TABLE t (a int PRIMARY KEY);
CREATE INDEX i ON t (a);
CREATE TABLE p (a int) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);
CREATE MATERIALIZED VIEW m AS SELECT a FROM t;
CREATE UNIQUE INDEX ON m (a);
CREATE TYPE e AS ENUM ('a');
CREATE SUBSCRIPTION {0}_off CONNECTION 'host=/nowhere' PUBLICATION p WITH (connect = false);
CREATE SUBSCRIPTION {0}_on CONNECTION 'host=/nowhere' PUBLICATION p, r WITH (connect = false);
ALTER SUBSCRIPTION {0}_on ENABLE;
"""
REMOVAL = """
ALTER SUBSCRIPTION {0} DISABLE;
ALTER SUBSCRIPTION {0} SET (slot_name = NONE);
DROP SUBSCRIPTION {0};
"""

# {0} is the name of the database.
ALONE = (
    "CREATE INDEX CONCURRENTLY ON t (a)",
    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS x ON t (a)",
    "DROP INDEX CONCURRENTLY i",
    "DROP INDEX CONCURRENTLY IF EXISTS i",
    "REINDEX INDEX CONCURRENTLY i",
    "REINDEX TABLE CONCURRENTLY t",
    "REINDEX (CONCURRENTLY) TABLE t",
    "REINDEX (VERBOSE, CONCURRENTLY true) INDEX i",
    "REINDEX SCHEMA public",
    "REINDEX SCHEMA CONCURRENTLY public",
    "REINDEX (VERBOSE) SCHEMA public",
    "REINDEX DATABASE {0}",
    "REINDEX DATABASE CONCURRENTLY {0}",
    "REINDEX SYSTEM {0}",
    "VACUUM",
    "VACUUM t",
    "VACUUM (ANALYZE) t",
    "CLUSTER",
    "CLUSTER VERBOSE",
    "ALTER SYSTEM SET work_mem = '5MB'",
    "ALTER SYSTEM RESET ALL",
    "ALTER DATABASE {0} SET TABLESPACE pg_default",
    "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY",
    "ALTER TABLE IF EXISTS p DETACH PARTITION public.p1 CONCURRENTLY",
    "CREATE DATABASE {0}_x",
    "DROP DATABASE IF EXISTS {0}_x",
    "CREATE TABLESPACE x LOCATION '/nowhere'",
    "DROP TABLESPACE IF EXISTS x",
    "CREATE SUBSCRIPTION {0}_x CONNECTION 'host=/nowhere' PUBLICATION p",
    "CREATE SUBSCRIPTION {0}_x CONNECTION 'x' PUBLICATION p WITH (create_slot = on)",
    "DROP SUBSCRIPTION {0}_off",
    "ALTER SUBSCRIPTION {0}_on REFRESH PUBLICATION",
    "ALTER SUBSCRIPTION {0}_on SET PUBLICATION q",
    "ALTER SUBSCRIPTION {0}_on ADD PUBLICATION q",
    "ALTER SUBSCRIPTION {0}_on DROP PUBLICATION p WITH (refresh)",
    "DISCARD ALL",
)
ALONE_SINCE = {
    "ALTER SUBSCRIPTION {0}_off SET (failover = true)": 170000,
    "ALTER SUBSCRIPTION {0}_off SET (two_phase = false)": 180000,
}
IN_A_TRANSACTION = (
    "CREATE INDEX ON t (a)",
    "DROP INDEX i",
    "REINDEX INDEX i",
    "REINDEX TABLE t",
    "REINDEX (VERBOSE, CONCURRENTLY false) TABLE t",
    "CLUSTER t USING i",
    "CLUSTER (VERBOSE) t USING i",
    "ANALYZE t",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY m",
    "ALTER TYPE e ADD VALUE 'b'",
    "ALTER TABLE p DETACH PARTITION p1",
    "ALTER TABLE p DETACH PARTITION p1 FINALIZE",
    "ALTER DATABASE {0} SET work_mem = '5MB'",
    "ALTER SUBSCRIPTION {0}_off SET PUBLICATION q WITH (refresh = false)",
    "ALTER SUBSCRIPTION {0}_off SET (slot_name = NONE)",
    "ALTER SUBSCRIPTION {0}_off SET (two_phase = true)",
    "ALTER SUBSCRIPTION {0}_off CONNECTION 'host=/somewhere'",
    "CREATE SUBSCRIPTION {0}_x CONNECTION 'host=/nowhere' PUBLICATION p WITH (connect = false)",
    "CREATE SUBSCRIPTION {0}_x CONNECTION 'host=/nowhere' PUBLICATION p WITH (create_slot = off)",
    "CREATE ROLE {0}_x",
    "DISCARD TEMP",
    "CHECKPOINT",
    "LISTEN x",
)
ALL = (*ALONE, *ALONE_SINCE, *IN_A_TRANSACTION)


@pytest.mark.parametrize("text", ALONE)
def test_the_statement_is_on_the_list(text):
    assert needs_no_transaction(_statement(text), 150000)


@pytest.mark.parametrize("text", IN_A_TRANSACTION)
def test_the_statement_is_not_on_the_list(text):
    assert not needs_no_transaction(_statement(text))


@pytest.mark.parametrize(("text", "since"), ALONE_SINCE.items())
def test_the_statement_is_on_the_list_from_a_version_on(text, since):
    assert needs_no_transaction(_statement(text))
    assert needs_no_transaction(_statement(text), since)
    assert not needs_no_transaction(_statement(text), since - 1)


def test_options_make_no_table_of_a_cluster_of_all():
    """Newer servers know this form; to older ones it is a syntax error."""
    assert needs_no_transaction(_statement("CLUSTER (VERBOSE)"))


@pytest.mark.db
def test_the_list_is_that_of_the_server(prepared, server):
    name, connection = prepared
    theirs, ours = {}, {}
    for template in ALL:
        text = template.format(name)
        connection.execute("BEGIN")
        try:
            connection.execute(text)
            theirs[template] = False
        except psycopg.Error as error:
            theirs[template] = error.sqlstate == "25001"
        connection.execute("ROLLBACK")
        ours[template] = needs_no_transaction(_statement(text), server.version)
    assert ours == theirs


@pytest.fixture
def prepared(database) -> Iterator[tuple[str, psycopg.Connection]]:
    """A database with an object of each kind; subscriptions would keep it from being dropped."""
    with database.connect() as connection:
        for each in split(PREPARATION.format(database.name)):
            connection.execute(each.text)
        yield database.name, connection
        for which in ("off", "on"):
            for each in split(REMOVAL.format(f"{database.name}_{which}")):
                connection.execute(each.text)


def _statement(text):
    return split(text)[0]


def _problems(text, **options):
    return transaction_problems(
        parse_migration("001_a.sql", text.encode(), "001_a.sql"), **options
    )


def test_a_statement_inside_begin_and_commit_is_refused_with_both_ways_out():
    (found,) = _problems("BEGIN;\nSELECT 1;\n\nCREATE INDEX CONCURRENTLY i ON t (a);\nCOMMIT;")
    assert found.code == "file.nontransactional"
    assert found.severity is Severity.CRITICAL
    assert found.locations == (Location("001_a.sql", 4),)
    assert found.message == (
        "CREATE INDEX CONCURRENTLY cannot run inside a transaction, "
        "and BEGIN … COMMIT makes the UP part of 001_a one"
    )
    assert "Take BEGIN; and COMMIT; out" in found.hint
    assert "leave out the word CONCURRENTLY" in found.hint


def test_without_the_word_concurrently_the_other_way_out_is_a_file_of_its_own():
    (found,) = _problems("BEGIN;\nVACUUM t;\nCOMMIT;")
    assert found.message.startswith("VACUUM cannot run inside a transaction")
    assert "CONCURRENTLY" not in found.hint
    assert "a file of its own" in found.hint


def test_the_down_part_is_looked_at_too():
    (found,) = _problems(
        "SELECT 1;\n-- DOWN\n-- BEGIN;\n-- DROP INDEX CONCURRENTLY i;\n-- COMMIT;\n"
    )
    assert found.locations == (Location("001_a.sql", 4),)
    assert "makes the DOWN part of 001_a one" in found.message


@pytest.mark.parametrize(
    "text",
    [
        "CREATE INDEX CONCURRENTLY i ON t (a);",
        "-- Transaction: off\nCREATE INDEX CONCURRENTLY i ON t (a);",
        "BEGIN;\nCREATE INDEX i ON t (a);\nCOMMIT;",
    ],
)
def test_nothing_is_said_where_nothing_is_wrong(text):
    assert _problems(text) == ()


def test_the_servers_version_counts():
    text = "BEGIN;\nALTER SUBSCRIPTION s SET (failover = true);\nCOMMIT;"
    assert _problems(text, server_version=170002)
    assert not _problems(text, server_version=160004)
