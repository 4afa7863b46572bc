"""A replay stays inside its database, says what it left out, and where a file fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from schema_tools.conf import Settings
from schema_tools.history.files import parse_migration
from schema_tools.history.migration import Migration
from schema_tools.postgres.replay import Outcome, Replayer
from schema_tools.postgres.scratch import open_scratch
from schema_tools.postgres.session import open_connection

pytestmark = pytest.mark.db


def replay(connection, migrations, **more) -> Outcome:
    return Replayer(connection, **more).run(migrations)


def migration(text: str, number: int = 1) -> Migration:
    name = f"{number:03}_x.sql"
    return parse_migration(name, text.encode(), name)


@pytest.fixture
def connection(database):
    with open_connection(database.params, what="the test's database") as connection:
        yield connection


OUTSIDE = {
    "ALTER DATABASE {name} SET work_mem = '123MB'": "database",
    "DROP ROLE bystander": "role",
    "ALTER ROLE bystander SET work_mem = '1MB'": "role",
    "CREATE ROLE intruder": "role",
    "GRANT bystander TO postgres": "role",
    "COMMENT ON DATABASE {name} IS 'mine'": "database",
    "ALTER SYSTEM SET work_mem = '123MB'": "server",
    "CREATE DATABASE intruder": "",
    "COPY (SELECT 1) TO PROGRAM 'touch {folder}/program'": "",
    "COPY (SELECT 1) TO '{folder}/file'": "",
    "CREATE SUBSCRIPTION s CONNECTION 'dbname={name}' PUBLICATION p": "",
    "CREATE TABLESPACE t LOCATION '{folder}'": "",
}


@pytest.mark.parametrize("transaction", ["", "-- Transaction: off\n"])
def test_nothing_outside_the_database_is_touched(
    server, connection, database, tmp_path: Path, transaction: str
) -> None:
    server.execute("DROP ROLE IF EXISTS bystander")
    server.execute("CREATE ROLE bystander")
    before = state(server)
    statements = [s.format(name=database.name, folder=tmp_path) for s in OUTSIDE]
    for number, statement in enumerate(statements, 1):
        alone = migration(f"{transaction}{statement};\nCREATE TABLE t{number} (i int);", number)
        outcome = replay(connection, [alone])
        assert outcome.failure is None, statement
        assert len(outcome.left_out) == 1, statement
        assert outcome.left_out[0].what.startswith(f"{number:03}_x.sql:")
        assert outcome.left_out[0].reason.startswith("not replayed: ")
    assert state(server) == before
    assert list(tmp_path.iterdir()) == []
    assert connection.execute("SELECT count(*) FROM pg_tables WHERE tablename ~ '^t'").fetchone()
    server.execute("DROP ROLE bystander")


def state(server) -> list[list[tuple[object, ...]]]:
    return [
        server.execute("SELECT rolname FROM pg_roles ORDER BY 1"),
        server.execute("SELECT setdatabase, setrole, setconfig FROM pg_db_role_setting"),
        server.execute("SELECT datname FROM pg_database WHERE datname = 'intruder'"),
        server.execute("SELECT spcname FROM pg_tablespace"),
        server.execute("SELECT subname FROM pg_subscription"),
        server.execute("SELECT roleid, member FROM pg_auth_members ORDER BY 1, 2"),
        server.execute(
            "SELECT objoid, description FROM pg_shdescription "
            "WHERE description NOT LIKE 'schema_tools scratch%' ORDER BY 1"
        ),
        server.execute("SELECT name, setting FROM pg_file_settings ORDER BY 1"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN;\nCREATE TABLE t (i int);\nGRANT SELECT ON t TO nobody_here;\n"
        "CREATE INDEX i ON t (i);\nCOMMIT;",
        "CREATE TABLE t (i int);\nGRANT SELECT ON t TO nobody_here;\n"
        "CREATE INDEX CONCURRENTLY i ON t (i);",
    ],
    ids=["transactional", "statement by statement"],
)
def test_a_missing_role_stops_one_statement_only(connection, text: str) -> None:
    outcome = replay(connection, [migration(text)])
    assert outcome.failure is None
    assert [each.reason for each in outcome.left_out] == [
        'not replayed: role "nobody_here" does not exist'
    ]
    assert connection.execute("SELECT to_regclass('i')").fetchone() == ("i",)


def test_a_failure_names_the_line_that_the_server_points_at(connection) -> None:
    outcome = replay(
        connection,
        [migration("BEGIN;\nCREATE TABLE t (i int);\nSELECT\n  i,\n  nothing\nFROM t;\nCOMMIT;")],
    )
    assert outcome.failure is not None
    assert str(outcome.failure.locations[0]) == "001_x.sql:5"
    assert 'column "nothing" does not exist' in outcome.failure.message
    assert connection.execute("SELECT to_regclass('t')").fetchone() == (None,)


def test_a_failure_at_commit_is_the_files(connection) -> None:
    text = """BEGIN;
        CREATE TABLE a (i int PRIMARY KEY);
        CREATE TABLE b (i int REFERENCES a DEFERRABLE INITIALLY DEFERRED);
        INSERT INTO b VALUES (1);
        COMMIT;"""
    outcome = replay(connection, [migration(text)])
    assert outcome.failure is not None
    assert "violates foreign key" in outcome.failure.message


def test_a_file_leaves_no_setting_to_the_next(connection) -> None:
    first = migration(
        "CREATE SCHEMA other;\nSET search_path = other;\nSET standard_conforming_strings = on;"
        "\nCREATE TABLE a (i int);"
    )
    second = migration("CREATE TABLE b (i int);", 2)
    assert replay(connection, [first, second]).failure is None
    rows = connection.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE tablename IN ('a', 'b') ORDER BY 2"
    )
    assert rows.fetchall() == [("other", "a"), ("public", "b")]


def test_a_comment_at_the_end_of_a_statement_does_no_harm(connection) -> None:
    outcome = replay(connection, [migration("SELECT 1 -- one\n;\nCREATE TABLE t (i int) -- last")])
    assert outcome.failure is None
    assert connection.execute("SELECT to_regclass('t')").fetchone() == ("t",)


def test_percent_signs_reach_the_server_as_they_are(connection) -> None:
    text = "CREATE TABLE t (i text DEFAULT '%s %% %(x)s');"
    assert replay(connection, [migration(text)]).failure is None
    query = "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef"
    assert connection.execute(query).fetchone() == ("'%s %% %(x)s'::text",)


def test_watching_tells_of_each_statement_inside_the_transaction(connection) -> None:
    seen = []

    def after(of: Migration, statement) -> None:
        found = connection.execute("SELECT to_regclass('t')").fetchone()
        seen.append((of.version, statement.line, found))

    text = (
        "BEGIN;\nCREATE TABLE t (i int);\nGRANT SELECT ON t TO nobody_here;\n"
        "DROP TABLE t;\nCOMMIT;"
    )
    assert Replayer(connection).watch(migration(text), lambda *_: None, after) is None
    assert seen == [("001_x", 2, ("t",)), ("001_x", 3, ("t",)), ("001_x", 4, (None,))]


@pytest.fixture
def scratch(alias: str):
    """A server for scratch databases, reached as a superuser."""
    with open_scratch(alias, Settings()) as scratch:
        yield scratch


HIDDEN = """
DO $$ BEGIN EXECUTE 'CREATE RO' || 'LE leaked_role'; END $$;
DO $$ BEGIN EXECUTE format('ALTER DATA%s postgres SET work_mem = 4711', 'BASE'); END $$;
CREATE TABLE t (i int);
"""


def test_code_cannot_do_what_its_text_hides(server, scratch) -> None:
    before = state(server)
    database = scratch.create()
    with database.connect() as connection:
        outcome = replay(connection, [migration(HIDDEN)], owner=database.owner)
        assert connection.execute("SELECT to_regclass('t')").fetchone() == ("t",)
    assert outcome.failure is None
    assert [each.reason.count("superuser's rights") for each in outcome.left_out] == [1, 1]
    assert state(server) == before


WRAPPERS = [
    "CREATE TABLE x AS SELECT make_role('leaked')",
    "INSERT INTO t SELECT make_role('leaked')",
    "ALTER TABLE t ADD COLUMN j int DEFAULT make_role('leaked')",
    "CREATE MATERIALIZED VIEW m AS SELECT make_role('leaked')",
    "UPDATE t SET i = make_role('leaked')",
    "EXPLAIN ANALYZE SELECT make_role('leaked')",
    "CALL run('leaked')",
    "RESET SESSION AUTHORIZATION; SELECT make_role('leaked')",
    "SET SESSION AUTHORIZATION DEFAULT; SELECT make_role('leaked')",
    "DISCARD ALL; SELECT make_role('leaked')",
]


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_function_of_the_file_has_no_rights_wherever_it_is_called(
    server, scratch, wrapper: str
) -> None:
    before = state(server)
    text = f"""
        CREATE TABLE t (i int);
        INSERT INTO t VALUES (1);
        CREATE FUNCTION make_role(name text) RETURNS int LANGUAGE plpgsql AS $$
            BEGIN EXECUTE 'CREATE ' || 'ROLE ' || name; RETURN 1; END $$;
        CREATE PROCEDURE run(name text) LANGUAGE sql AS $$ SELECT make_role(name) $$;
        {wrapper};
    """
    database = scratch.create()
    with database.connect() as connection:
        outcome = replay(connection, [migration(text)], owner=database.owner)
    assert outcome.failure is None
    assert outcome.left_out
    assert state(server) == before


def test_plain_statements_have_the_rights_that_they_need(scratch) -> None:
    text = """
        BEGIN;
        CREATE TABLE t (i int);
        ALTER TABLE t OWNER TO postgres;
        ALTER TABLE t OWNER TO "Nobody at all";
        DO $$ BEGIN ALTER TABLE t ADD COLUMN j int; END $$;
        CREATE VIEW v AS SELECT * FROM t;
        COMMIT;
    """
    database = scratch.create()
    with database.connect() as connection:
        outcome = replay(connection, [migration(text)], owner=database.owner)
        query = "SELECT count(*) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0"
        assert connection.execute(query).fetchone() == (2,)
    assert [each.reason for each in outcome.left_out] == []


def test_what_even_a_superuser_cannot_do_is_a_failure(scratch) -> None:
    text = "CREATE TABLE t (i int);\nCREATE FUNCTION f() RETURNS int LANGUAGE c AS 'no such file';"
    database = scratch.create()
    with database.connect() as connection:
        outcome = replay(connection, [migration(text)], owner=database.owner)
    assert outcome.failure is not None
    assert outcome.failure.locations[0].line == 2


def test_a_server_of_our_own_gets_the_roles_that_files_name(server, connection) -> None:
    text = (
        'SET ROLE stub_one;\nRESET ROLE;\nCREATE TABLE t (i int);\nGRANT ALL ON t TO "Stub two";'
    )
    try:
        assert replay(connection, [migration(text)], private=True) == Outcome()
        roles = server.execute(
            "SELECT rolname, rolcanlogin FROM pg_roles WHERE rolname ~* '^stub'"
        )
        assert sorted(roles) == [("Stub two", False), ("stub_one", False)]
    finally:
        connection.execute("DROP TABLE IF EXISTS t")
        server.execute('DROP ROLE IF EXISTS stub_one, "Stub two"')


def test_a_role_missing_before_begin_is_left_out(connection) -> None:
    text = "SET ROLE nobody_here;\nBEGIN;\nCREATE TABLE t (i int);\nCOMMIT;"
    outcome = replay(connection, [migration(text)])
    assert outcome.failure is None
    assert len(outcome.left_out) == 1


def test_a_wrong_setting_before_begin_is_a_failure_with_its_line(connection) -> None:
    outcome = replay(connection, [migration("\nSET no_such = 1;\nBEGIN;\nSELECT 1;\nCOMMIT;")])
    assert outcome.failure is not None
    assert outcome.failure.locations[0].line == 2
